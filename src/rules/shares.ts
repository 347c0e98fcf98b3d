/** What each namespace may have of what all share. Pure. */

/** How much of each resource: `{ trunks: 3, sources: 120 }`. What is not named is none. */
export type Amounts = Readonly<Partial<Record<string, number>>>

/** An object that takes some of what is shared. */
export interface Sharer {
  /** Unique. */
  key: string
  namespace: string
  /** Since when it is there, epoch milliseconds. */
  since: number
  /** With its spec as it is now. */
  wants: Amounts
  /** As it is published; absent: it is not. */
  has?: Amounts | undefined
}

export interface Shares {
  /** Of a namespace. A resource that is not named has no limit. */
  share: (namespace: string) => Amounts
  /** Of all together. */
  total: Amounts
}

/** What does not fit, and why. */
export interface Beyond {
  resource: string
  /** What is taken without it. */
  used: number
  limit: number
  of: 'Namespace' | 'All'
}

const LIMITLESS = Infinity

/**
 * Who fits. What is published keeps its place, whatever the limits are by now, so a lower share or an upgrade takes nothing away. Then comes
 * what is new or grows, the oldest first, then by key. An object fits whole, or not at all: then what is published of it stays.
 * @returns by key, why an object does not fit; undefined: it does
 */
export function admit(sharers: readonly Sharer[], { share, total }: Shares): Map<string, Beyond | undefined> {
  const used = { all: {} as Record<string, number>, of: new Map<string, Record<string, number>>() }
  const take = (namespace: string, amounts: Amounts, sign: 1 | -1 = 1) => {
    const own = used.of.get(namespace) ?? {}
    used.of.set(namespace, own)
    for (const [resource, amount = 0] of Object.entries(amounts))
      for (const sum of [used.all, own]) sum[resource] = (sum[resource] ?? 0) + sign * amount
  }
  for (const { namespace, has } of sharers) if (has !== undefined) take(namespace, has)

  const beyond = ({ namespace, wants, has = {} }: Sharer): Beyond | undefined => {
    for (const [resource, wanted = 0] of Object.entries(wants)) {
      const had = has[resource] ?? 0
      if (wanted <= had) continue
      const limits = [
        ['Namespace', used.of.get(namespace), share(namespace)],
        ['All', used.all, total],
      ] as const
      for (const [of, sum, limit] of limits) {
        const others = (sum?.[resource] ?? 0) - had
        const most = limit[resource] ?? LIMITLESS
        if (others + wanted > most) return { resource, used: others + had, limit: most, of }
      }
    }
    return undefined
  }

  const inOrder = sharers.toSorted((one, other) => one.since - other.since || (one.key < other.key ? -1 : 1))
  const answers = new Map<string, Beyond | undefined>()
  for (const sharer of inOrder) {
    const why = beyond(sharer)
    answers.set(sharer.key, why)
    if (why !== undefined) continue
    take(sharer.namespace, sharer.has ?? {}, -1)
    take(sharer.namespace, sharer.wants)
  }
  return answers
}

/** Limits as the administrator of the cluster sets them in the chart. */
export interface ShareSettings {
  /** Of each namespace. */
  default: Amounts
  /** What differs for some. */
  namespaces: Readonly<Record<string, Amounts>>
  total: Amounts
}

export const NO_LIMITS: ShareSettings = { default: {}, namespaces: {}, total: {} }

export const sharesOf = ({ default: usual, namespaces, total }: ShareSettings): Shares => ({
  share: (namespace) => ({ ...usual, ...namespaces[namespace] }),
  total,
})

/** What an Integration takes of the tables of the edges. */
export const trunkAmounts = (trunks: readonly { inboundSources?: readonly string[] | undefined }[]) => ({
  integrations: 1,
  trunks: trunks.length,
  sources: trunks.reduce((sum, { inboundSources = [] }) => sum + inboundSources.length, 0),
})

/** @param text JSON. @returns undefined when it is something else; what is left out has no limit */
export function readShares(text: string): ShareSettings | undefined {
  try {
    const { default: usual = {}, namespaces = {}, total = {} } = JSON.parse(text) as Partial<ShareSettings>
    const all = [usual, total, ...Object.values(namespaces)]
    const isAmount = (value: unknown) => Number.isSafeInteger(value) && (value as number) >= 0
    return all.every((each) => Object.values(each).every(isAmount)) ? { default: usual, namespaces, total } : undefined
  } catch {
    return undefined
  }
}
