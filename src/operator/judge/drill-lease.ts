import { blackoutAt } from '../../rules/drill/blackouts.ts'
import { MOST_LEASES, placeInLine, type Place } from '../../rules/drill/lease-line.ts'
import { readSchedule } from '../../rules/drill/schedule.ts'
import { hasBegun } from '../../rules/drill/stage.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'

/** Whether a drill that has not begun may have a lease of the edges. `isNext`: no other drill of its namespace comes first. */
export type LeasePlace =
  { kind: 'Granted' } | { kind: 'Waits'; because: string; isNext: boolean } | { kind: 'Missed'; because: string }

const GRANTED: LeasePlace = { kind: 'Granted' }

/** A drill of a web service has its lanes in pods of its own namespace, and a dry run has none. */
export const needsLease = ({ side, mode }: Pick<FailoverDrillFacts, 'side' | 'mode'>): boolean =>
  side === 'SIP' && mode !== 'DryRun'

/** So its status says: its checks passed when it was looked at last, and it had no lease. */
export const isWaiting = ({ status }: Pick<FailoverDrillFacts, 'status'>): boolean =>
  status?.state === 'Pending' &&
  (status.conditions ?? []).some(({ type, reason }) => type === 'Succeeded' && reason === 'WaitingForLease')

/**
 * The place of a drill in the line for leases. The drill of a slot may wait as long as the drill could have been started late: so it never
 * runs at an hour for which nobody has chosen it.
 */
export function leaseOf(world: FailoverDrillWorld, drill: FailoverDrillFacts): LeasePlace {
  if (!needsLease(drill) || hasBegun(drill, world.remembered)) return GRANTED
  const place = placeInLine(drill, world.line)
  if (place.kind === 'Go' && !isWaiting(drill)) return GRANTED
  const because = missedBecause(world, drill)
  if (because !== undefined) return { kind: 'Missed', because }
  return place.kind === 'Go'
    ? GRANTED
    : { kind: 'Waits', because: waitsBecause(place), isNext: place.kind !== 'Behind' }
}

function waitsBecause(place: Exclude<Place, { kind: 'Go' }>): string {
  switch (place.kind) {
    case 'Own':
      return `the drill ${place.holder} has it. This drill begins by itself when that one has ended; to begin sooner, set desiredState: Abort there`
    case 'Behind':
      return 'older drills of this namespace come first. This drill begins by itself; to begin sooner, set desiredState: Abort in those'
    case 'Turn':
      return `all ${MOST_LEASES} are in use, and namespaces get one in turn. This drill begins by itself: no action is needed`
  }
}

/** Why the schedule lets it begin no more; undefined: it does, or a person made it. */
function missedBecause({ now, integration }: FailoverDrillWorld, { slot, ownerUid }: FailoverDrillFacts) {
  const declared = integration?.drill
  if (slot === undefined || declared === undefined || integration?.uid !== ownerUid) return undefined
  const { startingDeadlineSeconds, jitterSeconds, blackouts, schedule, timeZone } = declared
  if (now > slot + (startingDeadlineSeconds + jitterSeconds) * 1_000)
    return `startingDeadlineSeconds (${startingDeadlineSeconds}) had passed: choose another time in drill.schedule, or a longer deadline`
  const read = readSchedule(schedule, timeZone)
  const blackout = 'schedule' in read ? blackoutAt(now, blackouts, read.schedule) : undefined
  return blackout && `the blackout ${blackout.name} began: choose another time in drill.schedule`
}
