import { fingerprint } from '../../lib/canonical.ts'
import { NOTHING, wantedIn } from '../../rules/drill/machine.ts'
import type { Check, DrillWitness } from '../../rules/drill/preflight.ts'
import type { Run, Seen, Wanted } from '../../rules/drill/run.ts'
import { settingsOf } from '../../rules/drill/settings.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import { drilledTrunks } from './drilled-trunks.ts'

/** Of no leadership: what was begun under it is never continued. */
const NOBODYS_TERM = -1

/** The run as it was persisted, with the times that only the leader that began it knows. */
export function runOf(world: FailoverDrillWorld, drill: FailoverDrillFacts): Run {
  const { now, monotonic, remembered, term = NOBODYS_TERM, routesDigest } = world
  const { status, createdAt } = drill
  const state = status?.state ?? 'Pending'
  const Pending = monotonic - (now - createdAt)
  if (state === 'Pending')
    return { ...{ state, term, at: { Pending }, routesDigest }, specDigest: specDigestOf(world.integration) }
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
    zones: remembered?.zones ?? surroundings.sip.zones,
    failback: integration?.trunks?.failover.failback,
  })

export function seenBy(world: FailoverDrillWorld, drill: FailoverDrillFacts, checks: readonly Check[]): Seen {
  const { monotonic, term = NOBODYS_TERM, remembered, surroundings, integration, isRollingOut, routesDigest } = world
  const { witnesses } = surroundings.sip
  return {
    ...{ now: monotonic, term, desired: drill.desiredState, killSwitch: surroundings.killSwitch },
    ...{ specDigest: specDigestOf(integration), routesDigest, isRollingOut, checks },
    // While an edge was not asked yet, nobody knows what is lost.
    lostZones:
      witnesses === undefined
        ? []
        : (remembered?.zones ?? []).filter((each) => !witnesses.some(({ zone }) => zone === each)),
    isIncident: integration !== undefined && isIncident(integration, witnesses ?? []),
    ...{ lanes: remembered?.lanes ?? [], calls: remembered?.calls ?? [] },
    // No real call has to do with the fault of a synthetic drill.
    real: { failedPercent: 0, unansweredPercent: 0 },
  }
}

/** What edges and the caller shall do now: nothing where somebody wants it to end, before that is written anywhere. */
export function wantedBy(world: FailoverDrillWorld, drill: FailoverDrillFacts): Wanted {
  const isStopped = drill.desiredState === 'Abort' || world.surroundings.killSwitch !== 'Off'
  if (isStopped || world.term === undefined || world.integration === undefined) return NOTHING
  return wantedIn(runOf(world, drill), settingsFor(world, drill), seenBy(world, drill, []))
}

/** The primary or the first backup does not answer real calls somewhere. */
function isIncident(integration: IntegrationFacts, witnesses: readonly DrillWitness[]): boolean {
  const { primary, backup } = drilledTrunks(integration)
  const drilled = [primary?.name, backup?.name]
  return witnesses.some(({ parts }) => parts.some(({ name, state }) => state === 'Down' && drilled.includes(name)))
}

const specDigestOf = (integration: IntegrationFacts | undefined) =>
  integration === undefined ? '' : fingerprint([integration.trunks, integration.testCall, integration.failbackTo ?? ''])
