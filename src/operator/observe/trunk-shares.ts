import { admit, askAgainSeconds, sharesOf, trunkAmounts, type Beyond, type Sharer } from '../../rules/shares.ts'
import type { IntegrationFacts, TrunksBeyond } from '../world/integration.ts'
import type { Settings } from '../world/callbot.ts'
import { trunksName } from '../render/edge-trunks.ts'
import type { Caches } from './caches.ts'

/** Another Integration may have gone meanwhile. Milliseconds. */
const FRESH_MS = 5_000

/** Why the trunks of an Integration, as its spec has them, are more than its namespace may have. */
export type TrunkShares = (integration: IntegrationFacts, now: number) => TrunksBeyond | undefined

/** Decides for all Integrations at a time, and again when one has changed: the answer for one depends on the others. */
export function createTrunkShares(
  caches: Pick<Caches, 'integrations' | 'trunks'>,
  { shares, operatorNamespace }: Pick<Settings, 'shares' | 'operatorNamespace'>,
): TrunkShares {
  let at = -Infinity
  let generations = new Map<string, string>()
  let answers = new Map<string, Beyond | undefined>()
  /** Integrations with trunks, by namespace. */
  let crowds = new Map<string, number>()

  function decide(now: number): void {
    at = now
    const all = [...caches.integrations.list()].filter(({ trunks }) => trunks !== undefined)
    generations = new Map(all.map((each) => [keyOf(each), versionOf(each)]))
    crowds = new Map()
    for (const { namespace } of all) crowds.set(namespace, (crowds.get(namespace) ?? 0) + 1)
    answers = admit(all.map(sharerOf), sharesOf(shares))
  }

  const sharerOf = (integration: IntegrationFacts): Sharer => {
    const { namespace, name, uid, createdAt, trunks } = integration
    const published = caches.trunks.get(operatorNamespace, trunksName(namespace, name))
    return {
      ...{ key: keyOf(integration), namespace, since: createdAt },
      wants: trunkAmounts(trunks?.trunks ?? []),
      has: published?.integrationUid === uid ? published.amounts : undefined,
    }
  }

  return (integration, now) => {
    if (integration.trunks === undefined) return undefined
    const isKnown = generations.get(keyOf(integration)) === versionOf(integration)
    if (!isKnown || now < at || now - at >= FRESH_MS) decide(now)
    const beyond = answers.get(keyOf(integration))
    return beyond && { ...beyond, againSeconds: askAgainSeconds(crowds.get(integration.namespace) ?? 0) }
  }
}

const keyOf = ({ namespace, name }: IntegrationFacts) => `${namespace}/${name}`
const versionOf = ({ uid, generation }: IntegrationFacts) => `${uid} ${generation}`
