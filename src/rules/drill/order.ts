/**
 * What the operator asks of an edge at PUT /drill: a lease of the lane of one Integration, a second view of its trunks that only
 * the test calls of one drill see. Nothing of it is written anywhere: it ends by itself.
 */
import type { Scenario } from '../../api/drill-run.ts'
import * as read from '../published-config.ts'

export interface DrillOrder {
  /** `namespace/name` */
  integration: string
  /** UID of the FailoverDrill, with which its calls are marked. */
  drill: string
  /** Of the leadership of who orders: a lower one is refused. */
  term: number
  /** The edge's own reading of its clock, from its last answer. */
  nonce: string
  /** Reckoned from the moment of that reading; 0 ends the lease at once. */
  ttlMilliseconds: number
  fault: DrillFault
  /** Which trunks have the fault. */
  side: DrillSide
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

/** The run of an edge's agent, and milliseconds of its monotonic clock. */
export const nonceOf = (run: string, milliseconds: number) => `${run}.${Math.floor(milliseconds)}`

/** Milliseconds of the clock of that run; undefined when it is the nonce of another. */
export function readNonce(nonce: string, run: string): number | undefined {
  const [theirs, milliseconds] = nonce.split('.')
  return theirs === run ? Number(milliseconds) : undefined
}

export const isNonce = (value: unknown): value is string =>
  typeof value === 'string' && /^[0-9a-f]{16}[.][0-9]{1,15}$/.test(value)

/** @returns undefined when the text is no order */
export const parseDrillOrder = (text: string): DrillOrder | undefined => read.readPublished(text, readOrder)

const readOrder = (told: read.Members): DrillOrder => ({
  integration: read.must(read.isKey, told['integration']),
  drill: read.must(read.isUid, told['drill']),
  term: read.must(read.isEpoch, told['term']),
  nonce: read.must(isNonce, told['nonce']),
  ttlMilliseconds: read.must(read.isWhole(0, 60_000), told['ttlMilliseconds']),
  fault: read.must(isFault, told['fault']),
  side: read.must(isSide, told['side']),
  to: read.must(read.isDialable, told['to']),
})
