import type { Side } from '../../api/drill-run.ts'
import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import { fingerprint } from '../../lib/canonical.ts'
import { usesFirst } from '../../rules/route-status.ts'
import type { LineFacts } from '../../rules/drill/lease-line.ts'
import { isWaiting, needsLease } from '../judge/drill-lease.ts'
import { drilledZones } from '../judge/drilled-parts.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import { observeDrills } from './drills.ts'
import type { ObserveSources } from './sources.ts'

/** Gathers all that a decision on one FailoverDrill rests upon. Reads memory only: it can't fail and it can't wait. */
export function observeFailoverDrill(
  o: ObserveSources,
  namespace: string,
  name: string,
  now: number,
): FailoverDrillWorld {
  const { caches, drillRuns } = o
  const drill = caches.failoverDrills.get(namespace, name)
  const integration = drill?.integration ?? ''
  const key = `${namespace}/${integration}`
  const facts = caches.integrations.get(namespace, integration)
  return {
    ...{ now, monotonic: drillRuns.monotonic(), term: drillRuns.term(), ledSince: drillRuns.ledSince(), drill },
    integration: facts,
    surroundings: observeDrills(o, namespace, integration, {
      isAsked: drill !== undefined && drill.status?.verdict === undefined,
      // Two drills of trunks never meet: of a namespace one has a lease.
      own: (other) => other.uid === drill?.uid || (drill !== undefined && needsLease(drill) && needsLease(other)),
    }),
    line: lineFor(o, drill),
    remembered: drill && drillRuns.recall(drill.uid),
    canSign: o.canSign(),
    isRollingOut: caches.bots.byIndex('integration', key).some((bot) => isRollingOut(caches, bot)),
    routesDigest: fingerprint([...usedNow(o, key, facts, drill?.side)].sort()),
  }
}

/** Nobody else's decision is under way: drills are worked on one after the other, and what was decided is remembered before it is written. */
function lineFor({ caches, drillRuns }: ObserveSources, drill: FailoverDrillFacts | undefined): LineFacts {
  const turns = drillRuns.turns()
  if (drill === undefined || !needsLease(drill) || !isPending(drill)) return { holders: [], waiting: [], turns }
  const pending = caches.failoverDrills.byIndex('pending', 'yes').filter(needsLease)
  const hasBegun = ({ uid }: FailoverDrillFacts) => drillRuns.recall(uid) !== undefined
  return {
    holders: [...caches.failoverDrills.byIndex('running', 'yes').filter(needsLease), ...pending.filter(hasBegun)],
    waiting: pending.filter((each) => isWaiting(each) && !hasBegun(each)),
    turns,
  }
}

const isPending = ({ status }: FailoverDrillFacts) =>
  status?.verdict === undefined && (status?.state ?? 'Pending') === 'Pending'

/** The trunks or endpoints that real calls use now. */
function usedNow(
  { caches, routeSources }: ObserveSources,
  key: string,
  integration: IntegrationFacts | undefined,
  side: Side | undefined,
): Set<string> {
  if (side !== 'HTTP') return new Set((routeSources.edges(key) ?? []).flatMap((edge) => edge.active?.part ?? []))
  const { endpoints = [], name = '' } = integration ?? {}
  const said = caches.bots
    .byIndex('integration', key)
    .flatMap((bot) => routeSources.pods(`${bot.namespace}/${bot.name}`) ?? [])
    .flatMap((pod) => usesFirst(endpoints, pod.get(name) ?? []).active?.part ?? [])
  return new Set(said)
}

/** Pods of two versions are there. */
function isRollingOut(
  { pods }: ObserveSources['caches'],
  { namespace, name }: { namespace: string; name: string },
): boolean {
  const staying = pods.byIndex('bot', `${namespace}/${name}`).filter(({ terminating }) => !terminating)
  return new Set(staying.map(({ revision }) => revision)).size > 1
}

/** Remembers when a state was decided on, before it is persisted. @param status the one to write; undefined: it stays, or the drill is gone */
export function followFailoverDrill(
  { drillRuns }: ObserveSources,
  { drill, surroundings }: FailoverDrillWorld,
  status: FailoverDrillStatus | undefined,
): void {
  if (drill === undefined || drill.mode === 'DryRun') return
  if (status === undefined || status.verdict !== undefined || status.state === undefined) return
  if (status.state === 'Pending' || status.state === drill.status?.state) return
  drillRuns.enter(drill, status.state, drilledZones(surroundings, drill.side))
}
