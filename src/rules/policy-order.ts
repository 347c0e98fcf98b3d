/**
 * What running pods receive of their bot's RetentionPolicy. The configuration of a pod is immutable, and its calls may last for hours: a
 * tighter policy comes by this order, within seconds. Pure.
 */
import { fingerprint } from '../lib/canonical.ts'
import { nextEpoch } from './epoch.ts'
import { isEpoch, isOneOf, listOf, membersOf, must, readPublished } from './published-config.ts'
import { lifeOf, type Rules } from './retention/life.ts'

/** What a pod goes by. */
export interface CallPolicy {
  /** Names of the values that may leave the bot, sorted. */
  readonly collect: readonly string[]
  /** Kept: each call may leave a line in the log, with its length and its result, and its time in the status of the bot. */
  readonly callMetadata: 'Kept' | 'NotKept'
}

/** Of a bot without a policy: what is not known may not leave, and is not kept. */
export const NOTHING_LEAVES: CallPolicy = { collect: [], callMetadata: 'NotKept' }

/** The order with the highest epoch counts. */
export interface PolicyOrder extends CallPolicy {
  /** Epoch milliseconds, or more: see `nextEpoch`. */
  readonly epoch: number
}

/** What a pod says that it goes by. */
export interface PolicyTold {
  readonly epoch: number
  readonly digest: string
}

/** The header of a request for /state that an order comes in. It has 4,200 characters at most. */
export const ORDER_HEADER = 'callbot-policy'
const LONGEST_ORDER = 8_000
/** As the schema of a RetentionPolicy has it. */
const MOST_FIELDS = 100

/** What calls go by under a RetentionPolicy. A class without a rule is not kept. */
export const callPolicyOf = ({
  collect = [],
  rules = [],
}: Partial<Rules> & { readonly collect?: readonly { readonly field: string }[] }): CallPolicy => ({
  collect: collect.map(({ field }) => field).sort(),
  callMetadata: lifeOf({ rules }, 'CallMetadata') > 0 ? 'Kept' : 'NotKept',
})

/** The same for the same policy, whatever its epoch. */
export const policyDigest = ({ collect, callMetadata }: CallPolicy): string =>
  fingerprint({ collect: [...collect].sort(), callMetadata })

/** The order that makes a pod go by `policy`; undefined: it does already. `told` is what it said last, if it did. */
export function orderFor(policy: CallPolicy, told: PolicyTold | undefined, now: number): PolicyOrder | undefined {
  if (told?.digest === policyDigest(policy)) return undefined
  return { ...policy, epoch: nextEpoch(now, told?.epoch) }
}

export const writeOrder = ({ epoch, collect, callMetadata }: PolicyOrder): string =>
  JSON.stringify({ epoch, collect, callMetadata })

const isField = (value: unknown): value is string => typeof value === 'string' && /^[a-z][a-zA-Z0-9]{0,39}$/.test(value)

/** Undefined when it can't be read: what the pod goes by stays. */
export function readOrder(text: string): PolicyOrder | undefined {
  if (text.length > LONGEST_ORDER) return undefined
  return readPublished(text, (order) => ({
    epoch: must(isEpoch, order['epoch']),
    collect: listOf(order['collect'], (name) => must(isField, name)).slice(0, MOST_FIELDS),
    callMetadata: must(isOneOf('Kept', 'NotKept'), order['callMetadata']),
  }))
}

/** What a pod reports its policy in /state. */
export function readTold(value: unknown): PolicyTold | undefined {
  const { epoch, digest } = membersOf(value)
  return isEpoch(epoch) && typeof digest === 'string' && /^[0-9a-f]{8,128}$/.test(digest)
    ? { epoch, digest }
    : undefined
}
