/** What an edge reports to the operator at GET /state: which trunks answer it, by which it calls, and its drills. Nothing of a caller. */
import { isNonce } from './drill/order.ts'
import { readRealCalls, type RealCalls } from './drill/real-calls.ts'
import { readLane, type ReportedLane } from './drill/reported-lane.ts'
import { isPartState, type PartObservation } from './part-state.ts'
import * as read from './published-config.ts'

export interface EdgeState {
  zone: string
  /** The newest epoch that the edge runs, 0 for none. */
  epoch: number
  /** Each trunk of each Integration that the edge knows. */
  trunks: EdgeTrunk[]
  /** By which trunk each Integration is called; an Integration is not in it when no trunk answers. */
  active: EdgeActive[]
  /** For an order of a drill that is written now. Absent: an edge that takes none. */
  nonce?: string
  /** The leases that drills have now. */
  drills: EdgeDrill[]
  /** Of each Integration that ever had any since the proxy started. */
  marked: EdgeMarkedCalls[]
  /** Of each drill of the last hours that had real calls. */
  drilled: DrilledCalls[]
  /** Why it takes no calls, with the cure. Absent: nothing keeps it from it. */
  obstacle?: string
}

/** An observation as it is published. */
export interface EdgeTrunk extends Pick<PartObservation, 'state' | 'because' | 'noted' | 'probeSeconds' | 'address'> {
  /** `namespace/name` */
  integration: string
  trunk: string
  /** Since when it has been so, in RFC 3339. */
  since: string
  /** Live calls over it by this edge. */
  calls: number
  /**
   * What a person has to fix, with the cure: such as a Secret that nobody lets the edge read. Where the edge still has what
   * it used before, the trunk goes on with that. Names of objects only. Absent: nothing is wrong, whether it answers or not.
   */
  because?: string
}

export interface EdgeActive {
  /** `namespace/name` */
  integration: string
  trunk: string
  /** Since when it has been so, in RFC 3339. */
  since: string
}

export interface EdgeDrill extends ReportedLane {
  /** As the lane finds them; the trunks themselves are another matter. */
  trunks: Pick<EdgeTrunk, 'trunk' | 'state'>[]
}

/** Test calls that are marked for a drill. */
export interface MarkedCalls {
  accepted: number
  answered: number
  /** Without a lease of their drill, or to another number than that of the test. */
  refused: number
}

interface EdgeMarkedCalls extends MarkedCalls {
  /** `namespace/name` */
  integration: string
}

interface DrilledCalls extends RealCalls {
  /** UID of the FailoverDrill. */
  drill: string
}

const LONGEST_TEXT = 600
/** As much as a status may show. */
const LONGEST_PROBE_SECONDS = 86_400

/** @returns undefined when the text is not the state of an edge */
export const parseEdgeState = (text: string): EdgeState | undefined => read.readPublished(text, readState)

function readState(told: read.Members): EdgeState {
  const { zone, epoch, trunks, active, nonce, drills = [], marked = [], drilled = [], obstacle } = told
  return {
    zone: printable(zone),
    epoch: read.must(read.isEpoch, epoch),
    trunks: read.listOf(trunks, readTrunk),
    active: read.listOf(active, readActive),
    ...read.may('nonce', nonce, (value) => read.must(isNonce, value)),
    drills: read.listOf(drills, readDrill),
    marked: read.listOf(marked, readMarked),
    drilled: read.listOf(drilled, readDrilled),
    ...read.may('obstacle', obstacle, printable),
  }
}

function readTrunk(value: unknown): EdgeTrunk {
  const { integration, trunk, state, since, calls, because, noted, probeSeconds, address } = read.membersOf(value)
  return {
    integration: read.must(read.isKey, integration),
    trunk: read.must(read.isName, trunk),
    state: read.must(isPartState, state),
    since: read.must(read.isInstant, since),
    calls: read.must(read.isEpoch, calls),
    ...read.may('because', because, printable),
    ...read.may('noted', noted, printable),
    ...read.may('probeSeconds', probeSeconds, (value) =>
      Math.min(read.must(read.isEpoch, value), LONGEST_PROBE_SECONDS),
    ),
    ...read.may('address', address, (value) => read.must(read.isAddress, value)),
  }
}

function readActive(value: unknown): EdgeActive {
  const { integration, trunk, since } = read.membersOf(value)
  return {
    integration: read.must(read.isKey, integration),
    trunk: read.must(read.isName, trunk),
    since: read.must(read.isInstant, since),
  }
}

function readDrill(value: unknown): EdgeDrill {
  const told = read.membersOf(value)
  return { ...readLane(told), trunks: read.listOf(told['trunks'], readLaneTrunk) }
}

function readLaneTrunk(value: unknown): EdgeDrill['trunks'][number] {
  const { trunk, state } = read.membersOf(value)
  return { trunk: read.must(read.isName, trunk), state: read.must(isPartState, state) }
}

function readMarked(value: unknown): EdgeMarkedCalls {
  const { integration, accepted, answered, refused } = read.membersOf(value)
  return {
    integration: read.must(read.isKey, integration),
    accepted: read.must(read.isEpoch, accepted),
    answered: read.must(read.isEpoch, answered),
    refused: read.must(read.isEpoch, refused),
  }
}

function readDrilled(value: unknown): DrilledCalls {
  const told = read.membersOf(value)
  return { drill: read.must(read.isUid, told['drill']), ...readRealCalls(told) }
}

const printable = (value: unknown) => read.printable(value, LONGEST_TEXT)
