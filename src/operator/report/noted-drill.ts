import { wordingOf } from '../../api/conditions.ts'
import type { IntegrationStatus } from '../../api/integration.ts'
import { metaTime } from '../../lib/meta-time.ts'
import { hasEnded } from '../../rules/drill/stage.ts'
import { missingDrill, type NotedDrill } from '../judge/noted-drill.ts'
import type { IntegrationOutcome } from '../steps/integration.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'
import type { ReportedEvent } from './events.ts'
import { asSentence } from './status.ts'

type Noted = Partial<Pick<IntegrationStatus, 'runningDrill' | 'deletedDrill'>>

/**
 * The drill that runs, named until its result is seen. One that has gone before is recorded as deleted, in the same write that ends the note: a crash
 * leaves the note, and the next cycle finds it.
 */
export function reportNotedDrill(
  world: IntegrationWorld,
  { status: before }: Pick<IntegrationFacts, 'status'>,
  outcome: Pick<IntegrationOutcome, 'deletedDrill'>,
): Noted {
  const missing = missingDrill(world)
  const isDeleted = missing !== undefined && missing.uid === outcome.deletedDrill
  const deletedDrill = isDeleted
    ? { ...missing, verdict: 'Aborted' as const, noticedAt: metaTime(world.now) }
    : before?.deletedDrill
  const runningDrill = missing !== undefined && !isDeleted ? missing : noteOf(world, before?.runningDrill)
  return { ...(runningDrill && { runningDrill }), ...(deletedDrill && { deletedDrill }) }
}

/** Of the drill that was noted before, or of another one that has begun. The cache may be behind: what has no result yet stays noted. */
function noteOf({ surroundings }: IntegrationWorld, before: NotedDrill | undefined): NotedDrill | undefined {
  const unfinished = surroundings.drills.filter((drill) => !hasEnded(drill))
  const noted = unfinished.find(({ uid }) => uid === before?.uid)
  if (noted !== undefined) return shown(noted) ?? before
  const [oldest] = unfinished.sort((one, other) => one.createdAt - other.createdAt).flatMap((each) => shown(each) ?? [])
  return oldest
}

/** Undefined: it has not begun. */
function shown({ name, uid, status }: FailoverDrillFacts): NotedDrill | undefined {
  const { state, startedAt } = status ?? {}
  return state === undefined || startedAt === undefined ? undefined : { name, uid, state, startedAt }
}

/** A drill that was deleted while it ran is an event of its Integration, for it has no object of its own any more. */
export function eventOfDeletion(
  { status: before }: Pick<IntegrationFacts, 'status'>,
  { deletedDrill }: IntegrationStatus,
): ReportedEvent | undefined {
  if (deletedDrill === undefined || deletedDrill.uid === before?.deletedDrill?.uid) return undefined
  return { type: 'Warning', reason: 'DrillDeleted', note: asSentence(wordingOf('DrillDeleted', deletedDrill)) }
}
