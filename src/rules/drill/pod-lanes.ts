/** What a bot pod reports of drills at GET /state: the lanes of web services that drills have there now. Nothing of a caller. */
import type { PartState } from '../edge-state.ts'
import * as read from '../published-config.ts'
import { isFault, isNonce, isSide, type DrillFault, type DrillSide } from './order.ts'

/** The lane of an Integration while a drill has a lease of it. */
export interface PodLane {
  /** `namespace/name` */
  readonly integration: string
  /** UID of the FailoverDrill. */
  readonly drill: string
  readonly fault: DrillFault
  readonly side: DrillSide
  readonly remainingMilliseconds: number
  /** As the lane finds them; the endpoints themselves are another matter. */
  readonly endpoints: readonly { readonly endpoint: string; readonly state: PartState }[]
  /** The endpoint that a test request gets first; absent while it does not answer. */
  readonly active?: string
}

export interface PodLanes {
  /** For an order of a drill that is written now. Absent: a pod that takes none. */
  readonly nonce?: string
  readonly drills: readonly PodLane[]
}

/** @returns undefined when the text is not the state of a pod */
export const parsePodLanes = (text: string): PodLanes | undefined =>
  read.readPublished(text, ({ nonce, drills = [] }) => ({
    ...read.may('nonce', nonce, (value) => read.must(isNonce, value)),
    drills: read.listOf(drills, readLane),
  }))

function readLane(value: unknown): PodLane {
  const told = read.membersOf(value)
  return {
    integration: read.must(read.isKey, told['integration']),
    drill: read.must(read.isUid, told['drill']),
    fault: read.must(isFault, told['fault']),
    side: read.must(isSide, told['side']),
    remainingMilliseconds: read.must(read.isEpoch, told['remainingMilliseconds']),
    endpoints: read.listOf(told['endpoints'], readEndpoint),
    ...read.may('active', told['active'], (name) => read.must(read.isName, name)),
  }
}

const isState = read.isOneOf('Up', 'Down', 'Unknown')

function readEndpoint(value: unknown): PodLane['endpoints'][number] {
  const { endpoint, state } = read.membersOf(value)
  return { endpoint: read.must(read.isName, endpoint), state: read.must(isState, state) }
}
