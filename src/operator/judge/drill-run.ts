import { fingerprint } from '../../lib/canonical.ts'
import { NOTHING, wantedIn } from '../../rules/drill/machine.ts'
import type { Check } from '../../rules/drill/preflight.ts'
import { NO_REAL_CALLS } from '../../rules/drill/real-calls.ts'
import type { Run, Seen, Wanted } from '../../rules/drill/run.ts'
import { settingsOf } from '../../rules/drill/settings.ts'
import type { DrillSurroundings, FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import { leaseOf } from './drill-lease.ts'
import { drilledParts, drilledZones } from './drilled-parts.ts'
import { isNoted } from './noted-drill.ts'

/** Of no leadership: what was begun under it is never continued. */
const NOBODYS_TERM = -1

/** The run as it was persisted, with the times that only the leader that began it knows. */
export function runOf(world: FailoverDrillWorld, drill: FailoverDrillFacts): Run {
  const { now, monotonic, remembered, term = NOBODYS_TERM, routesDigest } = world
  const { status, createdAt } = drill
  const state = status?.state ?? 'Pending'
  // What another leader knew, this one has to hear first.
  const Pending = Math.max(monotonic - (now - createdAt), world.ledSince)
  if (state === 'Pending')
    return { ...{ state, term, at: { Pending }, routesDigest }, specDigest: specDigestOf(world.integration, drill) }
  return {
    ...{ state, term: remembered === undefined ? NOBODYS_TERM : (status?.leadership ?? NOBODYS_TERM) },
    at: { Pending, ...remembered?.at },
    specDigest: status?.specDigest ?? '',
    // The routes before the fault: edges may still be finding them when the drill begins.
    routesDigest: state === 'Baseline' ? routesDigest : (status?.routesDigest ?? ''),
  }
}

export const settingsFor = ({ integration, remembered, surroundings }: FailoverDrillWorld, drill: FailoverDrillFacts) =>
  settingsOf(drill, {
    zones: remembered?.zones ?? drilledZones(surroundings, drill.side),
    returnsAfterSeconds: returnsAfterSeconds(integration, drill),
  })

/** How long calls or requests may be held back from a primary that answers again. Undefined: until a person decides. */
function returnsAfterSeconds(integration: IntegrationFacts | undefined, { side }: FailoverDrillFacts) {
  if (side === 'HTTP') return integration?.testOperation?.returnSeconds
  const failback = integration?.trunks?.failover.failback
  return failback?.mode === 'Automatic' ? failback.holdSeconds : undefined
}

export function seenBy(world: FailoverDrillWorld, drill: FailoverDrillFacts, checks: readonly Check[]): Seen {
  const { monotonic, term = NOBODYS_TERM, remembered, surroundings, integration, isRollingOut, routesDigest } = world
  return {
    ...{ now: monotonic, term, desired: drill.desiredState, killSwitch: surroundings.killSwitch },
    ...{ specDigest: specDigestOf(integration, drill), routesDigest, isRollingOut, checks },
    lease: leaseOf(world, drill).kind,
    lostZones: lostZones(world, drill),
    isIncident: integration !== undefined && isIncident(integration, drill, surroundings),
    ...{ lanes: remembered?.lanes ?? [], calls: remembered?.calls ?? [] },
    real: remembered?.real ?? NO_REAL_CALLS,
  }
}

/** What edges and the caller shall do now: nothing where somebody wants it to end, before that is written anywhere, or before the Integration names it. */
export function wantedBy(world: FailoverDrillWorld, drill: FailoverDrillFacts): Wanted {
  const isStopped = drill.desiredState === 'Abort' || world.surroundings.killSwitch !== 'Off'
  if (isStopped || world.term === undefined || !isNoted(world.integration, drill)) return NOTHING
  return wantedIn(runOf(world, drill), settingsFor(world, drill), seenBy(world, drill, []))
}

/** Zones that took part when it began, and can't any more. */
function lostZones({ remembered, surroundings }: FailoverDrillWorld, { side }: FailoverDrillFacts): string[] {
  const { podZones, sip } = surroundings
  const left = side === 'SIP' ? sip.witnesses?.map(({ zone }) => zone) : podZones
  // While an edge was not asked yet, nobody knows what is lost.
  return left === undefined ? [] : (remembered?.zones ?? []).filter((zone) => !left.includes(zone))
}

/** The primary or the first backup does not answer real calls or requests somewhere. */
function isIncident(
  integration: IntegrationFacts,
  { side }: FailoverDrillFacts,
  { sip, http }: DrillSurroundings,
): boolean {
  const witnesses = (side === 'SIP' ? sip : http).witnesses ?? []
  const { primary, backup } = drilledParts(integration, side)
  const drilled = [primary?.name, backup?.name]
  return witnesses.some(({ parts }) => parts.some(({ name, state }) => state === 'Down' && drilled.includes(name)))
}

function specDigestOf(integration: IntegrationFacts | undefined, { side }: FailoverDrillFacts): string {
  if (integration === undefined) return ''
  const { trunks, testCall, failbackTo = '', endpoints, testOperation, configuration } = integration
  return fingerprint(side === 'SIP' ? [trunks, testCall, failbackTo] : [endpoints, testOperation, configuration.digest])
}
