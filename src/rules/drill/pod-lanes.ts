/** What a bot pod reports of drills at GET /state: the lanes of web services that drills have there now. Nothing of a caller. */
import { isPartState, type PartState } from '../part-state.ts'
import * as read from '../published-config.ts'
import { isNonce } from './order.ts'
import { readLane, type ReportedLane } from './reported-lane.ts'

export interface PodLane extends ReportedLane {
  /** As the lane finds them; the endpoints themselves are another matter. */
  readonly endpoints: readonly { readonly endpoint: string; readonly state: PartState }[]
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
    drills: read.listOf(drills, (value): PodLane => {
      const told = read.membersOf(value)
      return { ...readLane(told), endpoints: read.listOf(told['endpoints'], readEndpoint) }
    }),
  }))

function readEndpoint(value: unknown): PodLane['endpoints'][number] {
  const { endpoint, state } = read.membersOf(value)
  return { endpoint: read.must(read.isName, endpoint), state: read.must(isPartState, state) }
}
