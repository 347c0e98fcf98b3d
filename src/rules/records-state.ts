/** What the program `records` of a namespace reports to the operator at GET /state: counts, nothing of a call. Pure. */
import * as read from './published-config.ts'
import { isGenerationName, SLOTS, type RootsInUse } from './root-turn.ts'

/** Where it answers, over TLS: bot pods and the operator. */
export const RECORDS_PORT = 8447

export interface RecordsState {
  /** Whether it can store a record now. */
  readonly ready: boolean
  /** Why not, in its own words. Absent: it can, or does not say. */
  readonly reason?: string
  /** The reason is that the namespace has as many keys or octets as it may have. Absent: it is another one. */
  readonly isFull?: boolean
  /** Records since it started. */
  readonly accepted: number
  readonly refused: number
  /** Of policies that deliver. */
  readonly deliveries?: readonly DeliveryState[]
  /** Root keys. Absent: it does not know, or is of an older version. */
  readonly roots?: RootsInUse
}

export interface DeliveryState {
  readonly policy: string
  /** Why the last try brought no delivery, in its own words. */
  readonly problem?: string
  /** Messages that were given up, refused or expired, since it started. */
  readonly undelivered: number
}

const isCount = read.isWhole(0, Number.MAX_SAFE_INTEGER)
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const isSlot = read.isOneOf(...SLOTS)
/** Empty: a pod that has no root keys. */
const isGeneration = (value: unknown): value is string =>
  typeof value === 'string' && (value === '' || isGenerationName(value))
const LONGEST_REASON = 200

const MOST_POLICIES = 1_000

function readDelivery(value: unknown): DeliveryState {
  const told = read.membersOf(value)
  return {
    policy: read.must(read.isObjectName, told['policy']),
    ...read.may('problem', told['problem'], (text) => read.printable(text, LONGEST_REASON)),
    undelivered: read.must(isCount, told['undelivered']),
  }
}

/** @returns undefined when the text is not its state */
export const parseRecordsState = (text: string): RecordsState | undefined =>
  read.readPublished(text, (told) => ({
    ready: read.must(isFlag, told['ready']),
    ...read.may('reason', told['reason'], (value) => read.printable(value, LONGEST_REASON)),
    ...read.may('isFull', told['isFull'], (value) => read.must(isFlag, value)),
    accepted: read.must(isCount, told['accepted']),
    refused: read.must(isCount, told['refused']),
    ...read.may('deliveries', told['deliveries'], (all) => read.listOf(all, readDelivery).slice(0, MOST_POLICIES)),
    ...read.may('roots', told['roots'], (value): RootsInUse => {
      const { seals, needs, generation = '' } = read.membersOf(value)
      return {
        seals: read.must(isSlot, seals),
        generation: read.must(isGeneration, generation),
        needs: read.listOf(needs, (each) => read.must(isSlot, each)).slice(0, SLOTS.length),
      }
    }),
  }))
