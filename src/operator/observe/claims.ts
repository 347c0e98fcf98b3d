import type { NumberClaim } from '../../rules/number-claims.ts'
import type { Caches } from './caches.ts'

/** Every bot's claims on these numbers. */
export function claimsOn(caches: Pick<Caches, 'bots'>, numbers: readonly string[]): NumberClaim[] {
  return numbers.flatMap((number) =>
    caches.bots.byIndex('number', number).map((bot) => ({
      number,
      bot: `${bot.namespace}/${bot.name}`,
      uid: bot.uid,
      createdAt: bot.createdAt,
    })),
  )
}
