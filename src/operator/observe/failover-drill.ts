import type { Side } from '../../api/drill-run.ts'
import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import { fingerprint } from '../../lib/canonical.ts'
import { usesFirst } from '../../rules/route-status.ts'
import type { LineFacts } from '../../rules/drill/lease-line.ts'
import { hasBegun, hasEnded, isPending, isRunning } from '../../rules/drill/stage.ts'
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
      isAsked: drill !== undefined && !hasEnded(drill),
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
  const begun = (each: FailoverDrillFacts) => hasBegun(each, drillRuns.recall(each.uid))
  const inStage = (stage: 'running' | 'pending') => caches.failoverDrills.byIndex(stage, 'yes').filter(needsLease)
  const pending = inStage('pending')
  return {
    holders: [...inStage('running'), ...pending.filter(begun)],
    waiting: pending.filter((each) => isWaiting(each) && !begun(each)),
    turns,
  }
}

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
  if (status?.state === undefined || !isRunning({ status }) || status.state === drill.status?.state) return
  drillRuns.enter(drill, status.state, drilledZones(surroundings, drill.side))
}
