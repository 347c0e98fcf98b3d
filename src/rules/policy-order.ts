/**
 * What running pods receive of their bot's RetentionPolicy. The configuration of a pod is immutable, and its calls may last for hours: a
 * tighter policy comes by this order, within seconds. Pure.
 */
import { fingerprint } from '../lib/canonical.ts'
import { nextEpoch } from './epoch.ts'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../api/retention-policy.ts'
import {
  isEpoch,
  isObjectName,
  isOneOf,
  isWhole,
  listOf,
  may,
  membersOf,
  must,
  readPublished,
} from './published-config.ts'
import { keepingOf, type Lives, livesOf } from './retention/keeping.ts'
import type { DataClass } from './retention/life.ts'
import { targetOf, type Deliverable } from './delivery/targets.ts'

/** What a pod goes by. */
export interface CallPolicy {
  /** Names of the values that may leave the bot, sorted. */
  readonly collect: readonly string[]
  /** Kept: each call may leave a line in the log, with its length and its result, and its time in the status of the bot. */
  readonly callMetadata: 'Kept' | 'NotKept'
  /** Seconds for which the records of each class live. Absent: nothing is kept. */
  readonly lives?: Lives
  /** Classes that are delivered to the client, sorted. Absent: none. */
  readonly deliver?: readonly DataClass[]
  /** Name of the RetentionPolicy. Absent: nothing is kept. */
  readonly policy?: string
  /** Where records are taken: callbot-records.NAMESPACE.svc:8447. Absent: nothing is kept. */
  readonly records?: string
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

/** The header of a request for /state that an order comes in. It has 5,000 characters at most. */
export const ORDER_HEADER = 'callbot-policy'
const LONGEST_ORDER = 8_000
/** As the schema of a RetentionPolicy has it. */
const MOST_FIELDS = 100

/**
 * What calls go by under a RetentionPolicy. A class without a rule is not kept. Where records are taken is not known here: until it is added,
 * none is kept.
 * @param name of the policy
 */
export function callPolicyOf({ collect = [], rules = [], delivery }: Deliverable, name?: string): CallPolicy {
  const lives = livesOf({ rules })
  const deliver = name === undefined ? undefined : targetOf({ collect, rules, delivery }, name)?.classes
  return {
    collect: collect.map(({ field }) => field).sort(),
    callMetadata: lives.CallMetadata === undefined ? 'NotKept' : 'Kept',
    ...(Object.keys(lives).length > 0 && { lives }),
    ...(deliver !== undefined && { deliver }),
    ...(name !== undefined && { policy: name }),
  }
}

/** The same for the same policy, whatever its epoch. As long as nothing is kept, it doesn't depend on lives, as in versions without records. */
export function policyDigest({ collect, callMetadata, ...rest }: CallPolicy): string {
  const keeping = keepingOf(rest)
  return fingerprint({ collect: [...collect].sort(), callMetadata, ...(keeping && { keeping }) })
}

/** The order that makes a pod go by `policy`; undefined: it does already. `told` is what it said last, if it did. */
export function orderFor(policy: CallPolicy, told: PolicyTold | undefined, now: number): PolicyOrder | undefined {
  if (told?.digest === policyDigest(policy)) return undefined
  return { ...policy, epoch: nextEpoch(now, told?.epoch) }
}

export const writeOrder = ({ epoch, collect, callMetadata, lives, deliver, policy, records }: PolicyOrder): string =>
  JSON.stringify({ epoch, collect, callMetadata, lives, deliver, policy, records })

const isField = (value: unknown): value is string => typeof value === 'string' && /^[a-z][a-zA-Z0-9]{0,39}$/.test(value)

const isLife = isWhole(0, LONGEST_LIFE_SECONDS)
const isPlace = (value: unknown): value is string =>
  typeof value === 'string' && /^[a-z0-9][a-z0-9.-]{0,252}:[1-9][0-9]{0,4}$/.test(value)

/** Undefined when it can't be read: what the pod goes by stays. */
export function readOrder(text: string): PolicyOrder | undefined {
  if (text.length > LONGEST_ORDER) return undefined
  return readPublished(text, (order) => ({
    epoch: must(isEpoch, order['epoch']),
    collect: listOf(order['collect'], (name) => must(isField, name)).slice(0, MOST_FIELDS),
    callMetadata: must(isOneOf('Kept', 'NotKept'), order['callMetadata']),
    ...may('lives', order['lives'], readLives),
    ...may('deliver', order['deliver'], (classes) =>
      listOf(classes, (dataClass) => must(isOneOf(...DATA_CLASSES), dataClass)).slice(0, DATA_CLASSES.length),
    ),
    ...may('policy', order['policy'], (name) => must(isObjectName, name)),
    ...may('records', order['records'], (place) => must(isPlace, place)),
  }))
}

function readLives(value: unknown): Lives {
  const lives = Object.entries(membersOf(value)).map(
    ([dataClass, life]) => [must(isOneOf(...DATA_CLASSES), dataClass), must(isLife, life)] as const,
  )
  return Object.fromEntries(lives)
}

/** What a pod reports its policy in /state. */
export function readTold(value: unknown): PolicyTold | undefined {
  const { epoch, digest } = membersOf(value)
  return isEpoch(epoch) && typeof digest === 'string' && /^[0-9a-f]{8,128}$/.test(digest)
    ? { epoch, digest }
    : undefined
}
