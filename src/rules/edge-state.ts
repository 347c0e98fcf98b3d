/** What an edge tells the operator at GET /state: which trunks answer it, and by which it calls. Nothing of a caller. */
import * as read from './published-config.ts'

export interface EdgeState {
  zone: string
  /** The newest epoch that the edge runs, 0 for none. */
  epoch: number
  /** Each trunk of each Integration that the edge knows. */
  trunks: EdgeTrunk[]
  /** By which trunk each Integration is called; an Integration is not in it when no trunk answers. */
  active: EdgeActive[]
}

export type PartState = (typeof STATES)[number]

export interface EdgeTrunk {
  /** `namespace/name` */
  integration: string
  trunk: string
  state: PartState
  /** Since when it has been so, in RFC 3339. */
  since: string
  /** Live calls over it by this edge. */
  calls: number
  /**
   * What a person has to mend, with the cure: such as a Secret that nobody lets the edge read. Where the edge still has what
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

const STATES = ['Up', 'Down', 'Unknown'] as const
const LONGEST_TEXT = 600

/** @returns undefined when the text is not the state of an edge */
export const parseEdgeState = (text: string): EdgeState | undefined => read.readPublished(text, readState)

function readState({ zone, epoch, trunks, active }: read.Members): EdgeState {
  return {
    zone: printable(zone),
    epoch: read.must(read.isEpoch, epoch),
    trunks: read.listOf(trunks, readTrunk),
    active: read.listOf(active, readActive),
  }
}

function readTrunk(value: unknown): EdgeTrunk {
  const { integration, trunk, state, since, calls, because } = read.membersOf(value)
  return {
    integration: read.must(read.isKey, integration),
    trunk: read.must(read.isName, trunk),
    state: read.must(read.isOneOf(...STATES), state),
    since: read.must(read.isInstant, since),
    calls: read.must(read.isEpoch, calls),
    ...read.may('because', because, printable),
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

/** One line of printable text: it goes into a status that people read. */
const printable = (value: unknown) =>
  (typeof value === 'string' ? value : '').replaceAll(/[^\P{C}]+/gu, ' ').slice(0, LONGEST_TEXT)
