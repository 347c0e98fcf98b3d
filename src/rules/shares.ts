/** What each namespace may have of what all share. Pure. */
import { createSums } from '../lib/sums.ts'

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

/** What is taken by now, with what the one in question has. */
export interface Used {
  /** By its namespace. */
  own: Amounts
  /** By all together. */
  all: Amounts
}

/** The limits of a resource, each with what is taken of it. */
const limitsOf = (resource: string, namespace: string, used: Used, { share, total }: Shares) =>
  [
    { of: 'Namespace', used: used.own[resource] ?? 0, limit: share(namespace)[resource] ?? LIMITLESS },
    { of: 'All', used: used.all[resource] ?? 0, limit: total[resource] ?? LIMITLESS },
  ] as const

/** Why what one wants does not fit beside what is taken. Undefined: it does, or it is no more than it has. */
export function whyBeyond(
  { namespace, wants, has = {} }: Pick<Sharer, 'namespace' | 'wants' | 'has'>,
  used: Used,
  shares: Shares,
): Beyond | undefined {
  for (const [resource, wanted = 0] of Object.entries(wants)) {
    const had = has[resource] ?? 0
    if (wanted <= had) continue
    const tight = limitsOf(resource, namespace, used, shares).find((each) => each.used - had + wanted > each.limit)
    if (tight !== undefined) return { resource, ...tight }
  }
  return undefined
}

/**
 * Seconds until an object that is refused is looked at again: at most ten of a namespace in a second, however many of them there are.
 * @param crowd objects of the kind that the namespace has
 */
export const askAgainSeconds = (crowd: number): number => Math.max(10, Math.ceil(crowd / 10))

/** How much one may have of a resource of which it takes as much as there is, and what stops more. */
export interface Allowance {
  /** Never less than it has. Infinity: there is no limit. */
  most: number
  stoppedBy: Beyond | undefined
}

export const ANY_AMOUNT: Allowance = { most: Infinity, stoppedBy: undefined }

/** What is there keeps its place, whatever the limits are by now; what is left goes to whoever asks first. */
export function allowanceOf(
  resource: string,
  { namespace, has = 0 }: { namespace: string; has?: number | undefined },
  used: Used,
  shares: Shares,
): Allowance {
  return limitsOf(resource, namespace, used, shares)
    .map((each) => ({ most: Math.max(has, has + each.limit - each.used), stoppedBy: { resource, ...each } }))
    .reduce<Allowance>((least, each) => (each.most < least.most ? each : least), ANY_AMOUNT)
}

/**
 * Who fits. What is published keeps its place, whatever the limits are by now, so a lower share or an upgrade takes nothing away. Then comes
 * what is new or grows, the oldest first, then by key. An object fits whole, or not at all: then what is published of it stays.
 * @returns by key, why an object does not fit; undefined: it does
 */
export function admit(sharers: readonly Sharer[], shares: Shares): Map<string, Beyond | undefined> {
  const used = createSums()
  for (const { namespace, has = {} } of sharers) used.change(namespace, {}, has)
  const inOrder = sharers.toSorted((one, other) => one.since - other.since || (one.key < other.key ? -1 : 1))
  const answers = new Map<string, Beyond | undefined>()
  for (const sharer of inOrder) {
    const { key, namespace, has = {}, wants } = sharer
    const why = whyBeyond(sharer, { own: used.of(namespace), all: used.all }, shares)
    answers.set(key, why)
    if (why === undefined) used.change(namespace, has, wants)
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
