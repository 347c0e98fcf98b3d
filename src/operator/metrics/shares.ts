import type { Registry } from 'prom-client'
import { createSums, type Sums } from '../../lib/sums.ts'
import { sharesOf } from '../../rules/shares.ts'
import { Gauge } from '../../runtime/prometheus.ts'
import { observeBotShare } from '../observe/bot-shares.ts'
import type { ObserveSources } from '../observe/sources.ts'
import { conditionOf } from '../report/conditions/finding.ts'

type Sources = Pick<ObserveSources, 'settings' | 'trunkShares'> & {
  /** Names of the RetentionPolicies of a namespace that are published. */
  policiesOf: (namespace: string) => ReadonlySet<string>
  caches: Pick<ObserveSources['caches'], 'bots' | 'holders' | 'integrations' | 'trunks' | 'taken' | 'retentionPolicies'>
}

const labelNames = ['namespace', 'resource'] as const

/**
 * What namespaces have of what all share, how much they may have, and how many objects are refused. Series are bounded by the namespaces that have
 * or want some, and by the resources of the chart's `shares`; names of tenants' objects are no labels.
 * @param now epoch milliseconds
 */
export function registerShareMetrics(registry: Registry, sources: Sources, now: () => number): void {
  const gauge = (name: string, help: string, write: (set: (namespace: string, of: Amounts) => void) => void) =>
    new Gauge({
      ...{ name, help, labelNames, registers: [registry] },
      collect() {
        this.reset()
        write((namespace, amounts) => {
          for (const [resource, amount = 0] of Object.entries(amounts)) this.set({ namespace, resource }, amount)
        })
      },
    })
  gauge('callbot_share_used', 'What a namespace has of what all namespaces share.', (set) => {
    const used = usedBy(sources)
    for (const namespace of used.groups()) set(namespace, used.of(namespace))
  })
  gauge('callbot_share_limit', 'How much a namespace may have of what all namespaces share.', (set) => {
    const { share } = sharesOf(sources.settings.shares)
    const involved = [usedBy(sources), refusedIn(sources, now())].flatMap((sums) => [...sums.groups()])
    for (const namespace of new Set(involved)) set(namespace, share(namespace))
  })
  gauge('callbot_share_refused', 'Objects that need more than their namespace, or all together, may have.', (set) => {
    const refused = refusedIn(sources, now())
    for (const namespace of refused.groups()) set(namespace, refused.of(namespace))
  })
}

type Amounts = ReturnType<Sums['of']>

function usedBy({ caches, policiesOf }: Sources): Sums {
  const sums = createSums()
  const add = (namespace: string, amounts: Amounts) => sums.change(namespace, {}, amounts)
  for (const namespace of caches.taken.namespaces()) add(namespace, caches.taken.used(namespace).own)
  for (const { integrationKey, amounts } of caches.trunks.list()) add(integrationKey.split('/')[0]!, amounts)
  for (const { namespace, name } of caches.retentionPolicies.list())
    if (policiesOf(namespace).has(name)) add(namespace, { retentionPolicies: 1 })
  return sums
}

function refusedIn({ caches, settings, trunkShares, policiesOf }: Sources, now: number): Sums {
  const sums = createSums()
  const add = (namespace: string, resource: string | undefined) =>
    resource !== undefined && sums.change(namespace, {}, { [resource]: 1 })
  for (const bot of caches.bots.list()) {
    // Whether a bot needs more pods is decided with what its callers ask for: the status has the answer.
    if (conditionOf(bot, 'WithinShare')?.status !== 'False') continue
    add(bot.namespace, observeBotShare(caches, settings, bot).beyond?.resource ?? 'pods')
  }
  for (const integration of caches.integrations.list())
    add(integration.namespace, trunkShares(integration, now)?.resource)
  for (const policy of caches.retentionPolicies.list()) {
    // One that is published has this reason for what the store refuses.
    const isRefused = conditionOf(policy, 'Ready')?.reason === 'QuotaExceeded'
    if (isRefused && !policiesOf(policy.namespace).has(policy.name)) add(policy.namespace, 'retentionPolicies')
  }
  return sums
}
