/**
 * What the operator asks of an edge or a bot pod at PUT /drill: a lease of the lane of one Integration, a second view of its trunks or
 * endpoints that only the tests of one drill see. Nothing of it is written anywhere: it ends by itself.
 */
import { SCENARIOS, type Scenario } from '../../api/drill-run.ts'
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
  /** None: the lane is as healthy as the trunks or endpoints are. */
  fault: Scenario | 'None'
  /** Which trunks or endpoints have the fault. */
  side: DrillSide
}

/** What a drill may have of real calls. */
export interface RealShare {
  /** Percentage of the real new calls that go by the lane, too; 0: none. */
  sharePercent: number
  /** The most of them at this edge. */
  mostRealCalls: number
}

/** As an edge gets it. */
export interface DrillOrder extends LaneOrder, RealShare {
  /** The number of the test, the only one that a call of the drill reaches. */
  to: string
}

/** More than any edge has in a drill. */
export const NO_LIMIT = 1_000_000_000

export type DrillSide = (typeof SIDES)[number]

const SIDES = ['Primary', 'Backup'] as const

export const isFault = read.isOneOf('None', ...SCENARIOS)
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
  read.readPublished(text, (told) => ({
    ...readOrder(told),
    to: read.must(read.isDialable, told['to']),
    sharePercent: read.must(read.isWhole(0, 100), told['sharePercent'] ?? 0),
    mostRealCalls: read.must(read.isWhole(0, NO_LIMIT), told['mostRealCalls'] ?? 0),
  }))

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
