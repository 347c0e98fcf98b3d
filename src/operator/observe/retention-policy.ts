import { RECORDS } from '../world/labels.ts'
import { needsRecords, type RetentionPolicyWorld } from '../world/retention-policy.ts'
import { recordsHost, RECORDS_PORT } from '../render/records.ts'
import type { Caches } from './caches.ts'
import type { ObserveSources } from './sources.ts'
import { observeZones } from './zones.ts'
import { canSpreadOverZones } from '../../rules/zone-health.ts'

/** Gathers all that a decision on one RetentionPolicy rests upon. Reads memory only: it can't fail and it can't wait. */
export function observeRetentionPolicy(
  o: ObserveSources,
  namespace: string,
  name: string,
  now: number,
): RetentionPolicyWorld {
  const { caches, storeSources } = o
  const { service, networkPolicy, podDisruptionBudget } = caches.children
  const policy = caches.retentionPolicies.get(namespace, name)
  return {
    now,
    settings: o.settings,
    namespace,
    policy,
    beyond: policy && o.policyShares.beyond(policy),
    ...keepingIn(o, namespace),
    children: {
      statefulSet: caches.records?.get(namespace, RECORDS),
      service: service.get(namespace, RECORDS),
      networkPolicy: networkPolicy.get(namespace, RECORDS),
      podDisruptionBudget: podDisruptionBudget.get(namespace, RECORDS),
    },
    pods: caches.pods
      .byIndex('bot', `${namespace}/`)
      .map(({ ready, terminating, uid }) => ({ isReady: ready && !terminating, state: storeSources.recordsOf(uid) })),
    sweep: storeSources.sweepOf(namespace, name),
    authority: o.authority(),
    isOverZones: canSpreadOverZones(observeZones(o)),
    usedBy: caches.bots.byIndex('namespace', namespace).filter(({ spec }) => spec.retentionPolicyRef?.name === name)
      .length,
  }
}

function keepingIn({ caches, policyShares }: Pick<ObserveSources, 'caches' | 'policyShares'>, namespace: string) {
  const all = caches.retentionPolicies.byIndex('namespace', namespace)
  const found = policyShares.inForce(namespace, all).filter(needsRecords)
  const sorted = found.toSorted((one, other) => (one.name < other.name ? -1 : 1))
  return {
    keeping: sorted.map(({ name, uid }) => ({ name, uid })),
    targets: sorted.flatMap(({ delivery }) => delivery ?? []),
  }
}

/** Where the bots of a namespace send records (HOST:PORT). Undefined: nothing there takes them yet. */
export const recordsAddress = (caches: Pick<Caches, 'records'>, namespace: string): string | undefined =>
  caches.records?.get(namespace, RECORDS) && `${recordsHost(namespace)}:${RECORDS_PORT}`
