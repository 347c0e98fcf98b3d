import { verdictOnNumber, type NumberClaim, type NumberVerdict } from '../../rules/number-claims.ts'
import type { BotFacts, World } from '../world/callbot.ts'

/** Whose each number of the spec is, in its order: another bot may have claimed one before, or the administrator reserved it. */
export function judgeNumbers(
  { claims, settings: { reservations } }: Pick<World, 'claims' | 'settings'>,
  { spec, namespace, uid }: BotFacts,
): NumberVerdict[] {
  const of = (number: string): NumberClaim[] => claims.filter((claim) => claim.number === number)
  return spec.numbers.map((number) => verdictOnNumber(number, { namespace, uid }, of(number), reservations))
}

/** The numbers that are this bot's. */
export const ownNumbers = (world: World, bot: BotFacts): string[] =>
  judgeNumbers(world, bot).flatMap(({ number, state }) => (state === 'Own' ? [number] : []))
