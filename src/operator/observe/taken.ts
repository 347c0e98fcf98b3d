import { createSums, type Sums } from '../../lib/sums.ts'
import type { Amounts, Used } from '../../rules/shares.ts'
import type { CachedBot, CachedDeployment, CachedRoute } from './projections.ts'

/**
 * What bots take of what all namespaces share, kept in step with the caches: sums over all objects would take too long for each decision.
 * What is being published counts from before the request is sent, so that decisions at the same time do not give the same room twice.
 */
export interface Taken {
  /** What one bot has: what the caches hold, or what is being published. Empty: nothing. */
  has(namespace: string, name: string): Amounts
  used(namespace: string): Used
  /** The same if all bots had what their specs ask for: an upper bound, since a number may be another bot's. */
  wanted(namespace: string): Used
  /** Namespaces that have some. */
  namespaces(): Iterable<string>
  /** Until the answer is in the caches. @returns ends it */
  reserve(namespace: string, name: string, amounts: Amounts): () => void
  botChanged(before: CachedBot | undefined, after: CachedBot | undefined): void
  routeChanged(before: CachedRoute | undefined, after: CachedRoute | undefined): void
  deploymentChanged(before: CachedDeployment | undefined, after: CachedDeployment | undefined): void
}

interface Lookup {
  bot: (namespace: string, name: string) => CachedBot | undefined
  route: (namespace: string, name: string) => CachedRoute | undefined
  deployment: (namespace: string, name: string) => CachedDeployment | undefined
}

const NOTHING: Amounts = {}

const ofRoute = (route: CachedRoute | undefined): Amounts =>
  route === undefined ? NOTHING : { callbots: 1, numbers: route.numbers }
const ofDeployment = (deployment: CachedDeployment | undefined): Amounts =>
  deployment === undefined ? NOTHING : { pods: deployment.replicas }

/** With its spec as it is now. One that is being deleted asks for nothing more. */
export const mostWantedBy = ({ deleting, spec }: Pick<CachedBot, 'deleting' | 'spec'>): Amounts =>
  deleting ? NOTHING : { callbots: 1, numbers: spec.numbers.length }

const missing = (bot: CachedBot | undefined, route: CachedRoute | undefined): Amounts =>
  bot === undefined ? NOTHING : lessening(mostWantedBy(bot), ofRoute(route))

const lessening = (amounts: Amounts, by: Amounts): Amounts =>
  Object.fromEntries(Object.entries(amounts).map(([name, amount = 0]) => [name, Math.max(0, amount - (by[name] ?? 0))]))

/** @param find in the caches, as they are after each change */
export function createTaken(find: Lookup): Taken {
  const published = createSums()
  const lacking = createSums()
  const reserved = new Map<string, { namespace: string; name: string; amounts: Amounts }>()

  const inCaches = (namespace: string, name: string): Amounts => ({
    ...ofRoute(find.route(namespace, name)),
    ...ofDeployment(find.deployment(namespace, name)),
  })
  const pending = (): Sums => {
    const sums = createSums()
    for (const { namespace, name, amounts } of reserved.values())
      sums.change(namespace, NOTHING, lessening(amounts, inCaches(namespace, name)))
    return sums
  }
  const together = (namespace: string, ...sums: readonly Sums[]): Used => ({
    own: sums.map((each) => each.of(namespace)).reduce(plus, NOTHING),
    all: sums.map(({ all }) => all).reduce(plus, NOTHING),
  })
  return {
    has(namespace, name) {
      const found = inCaches(namespace, name)
      const more = reserved.get(`${namespace}/${name}`)?.amounts
      return more === undefined ? found : plus(found, lessening(more, found))
    },
    used: (namespace) => together(namespace, published, pending()),
    wanted: (namespace) => together(namespace, published, lacking),
    namespaces: () => published.groups(),
    reserve(namespace, name, amounts) {
      const key = `${namespace}/${name}`
      reserved.set(key, { namespace, name, amounts })
      return () => void reserved.delete(key)
    },
    botChanged(before, after) {
      const { namespace, name } = (after ?? before)!
      const route = find.route(namespace, name)
      lacking.change(namespace, missing(before, route), missing(after, route))
    },
    routeChanged(before, after) {
      const [namespace = '', name = ''] = (after ?? before)!.botKey.split('/')
      const bot = find.bot(namespace, name)
      published.change(namespace, ofRoute(before), ofRoute(after))
      lacking.change(namespace, missing(bot, before), missing(bot, after))
    },
    deploymentChanged(before, after) {
      published.change((after ?? before)!.namespace, ofDeployment(before), ofDeployment(after))
    },
  }
}

function plus(one: Amounts, other: Amounts): Amounts {
  if (other === NOTHING) return one
  const sum: Record<string, number> = { ...(one as Record<string, number>) }
  for (const [name, amount = 0] of Object.entries(other)) sum[name] = (sum[name] ?? 0) + amount
  return sum
}
