/**
 * What the operator asks of an edge or a bot pod at PUT /drill: a lease of the lane of one Integration, a second view of its trunks or
 * endpoints that only the tests of one drill see. Nothing of it is written anywhere: it ends by itself.
 */
import type { Scenario } from '../../api/drill-run.ts'
import * as read from '../published-config.ts'

export interface LaneOrder {
  /** `namespace/name` */
  integration: string
  /** UID of the FailoverDrill, with which its calls and requests are marked. */
  drill: string
  /** Of the leadership of who orders: a lower one is refused. */
  term: number
  /** Their own reading of their clock, from their last answer. */
  nonce: string
  /** Reckoned from the moment of that reading; 0 ends the lease at once. */
  ttlMilliseconds: number
  fault: DrillFault
  /** Which trunks or endpoints have the fault. */
  side: DrillSide
}

/** As an edge gets it. */
export interface DrillOrder extends LaneOrder {
  /** The number of the test, the only one that a call of the drill reaches. */
  to: string
}

export type DrillFault = Scenario | 'None'
export type DrillSide = (typeof SIDES)[number]

const FAULTS = ['None', 'Blackhole', 'Refuse', 'Disconnect'] as const satisfies readonly DrillFault[]
const SIDES = ['Primary', 'Backup'] as const

export const isFault = read.isOneOf(...FAULTS)
export const isSide = read.isOneOf(...SIDES)

/** Whoever orders has to repeat it sooner than this. */
export const LONGEST_LEASE_MS = 3_000

/** The run of an edge's agent or of a pod, and milliseconds of its monotonic clock. */
export const nonceOf = (run: string, milliseconds: number) => `${run}.${Math.floor(milliseconds)}`

/** Milliseconds of the clock of that run; undefined when it is the nonce of another. */
export function readNonce(nonce: string, run: string): number | undefined {
  const [theirs, milliseconds] = nonce.split('.')
  return theirs === run ? Number(milliseconds) : undefined
}

export const isNonce = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{16}[.][0-9]{1,15}$/.test(value)

/** Octets of an order at most. It has some hundred. */
export const LONGEST_LANE_ORDER = 4_096

/** @returns undefined when the text is no order for an edge */
export const parseDrillOrder = (text: string): DrillOrder | undefined =>
  read.readPublished(text, (told) => ({ ...readOrder(told), to: read.must(read.isDialable, told['to']) }))

/** @returns undefined when the text is no order for a pod */
export const parseLaneOrder = (text: string): LaneOrder | undefined => read.readPublished(text, readOrder)

const readOrder = (told: read.Members): LaneOrder => ({
  integration: read.must(read.isKey, told['integration']),
  drill: read.must(read.isUid, told['drill']),
  term: read.must(read.isEpoch, told['term']),
  nonce: read.must(isNonce, told['nonce']),
  ttlMilliseconds: read.must(read.isWhole(0, 60_000), told['ttlMilliseconds']),
  fault: read.must(isFault, told['fault']),
  side: read.must(isSide, told['side']),
})
