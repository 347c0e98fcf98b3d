import * as read from '../published-config.ts'
import { isFault, isSide, type DrillSide, type LaneOrder } from './order.ts'

/** What an edge or a bot pod reports of the lane of an Integration while a drill has a lease of it, whatever parts the lane has. */
export interface ReportedLane {
  /** `namespace/name` */
  readonly integration: string
  /** UID of the FailoverDrill. */
  readonly drill: string
  readonly fault: LaneOrder['fault']
  readonly side: DrillSide
  readonly remainingMilliseconds: number
  /** The trunk or endpoint that a test gets first; absent while none answers. */
  readonly active?: string
}

/** @throws for what is no lane */
export const readLane = (told: read.Members): ReportedLane => ({
  integration: read.must(read.isKey, told['integration']),
  drill: read.must(read.isUid, told['drill']),
  fault: read.must(isFault, told['fault']),
  side: read.must(isSide, told['side']),
  remainingMilliseconds: read.must(read.isEpoch, told['remainingMilliseconds']),
  ...read.may('active', told['active'], (name) => read.must(read.isName, name)),
})
