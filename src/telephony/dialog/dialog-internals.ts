import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Body, DialogHandlers, Ended } from '../call.ts'
import type { AgentContext } from './agent-context.ts'
import type { Pending } from './glare.ts'
import type { Refresher } from './session-refresher.ts'
import type { Sender } from './request-sender.ts'

/** What the owner of an early dialog does with the requests that come in it. */
export interface EarlyDialogHandlers {
  /** The status that answers a PRACK. */
  onPrack(understood: UnderstoodRequest): number
  /** The caller hangs up before the final answer. */
  onBye(): void
}

/** Takes the NOTIFYs of one REFER. */
export interface Referral {
  notified(understood: UnderstoodRequest): void
}

/** A dialog as the rooms around it see it. */
export interface DialogInternals {
  readonly context: AgentContext
  readonly sender: Sender
  /** We placed the call. */
  readonly ownsCallId: boolean
  readonly handlers: DialogHandlers
  readonly pending: { -readonly [name in keyof Pending]: boolean }
  readonly refresher: Refresher
  readonly isEnded: boolean
  /** The last SDP of ours and of theirs that both agreed on. */
  localBody: Body | undefined
  remoteBody: Body | undefined
  /** Set until the call is answered. */
  early: EarlyDialogHandlers | undefined
  referral: Referral | undefined
  /** By their Allow: whether UPDATE may be used. */
  takesUpdate: boolean
  /** Hands the ACK with that CSeq number to `take`. Returns a function that calls it off. */
  expectAck(number: number, take: (ack: UnderstoodRequest) => void): () => void
  /** Once; what comes later is not heard. */
  end(ended: Ended): void
  /** Ends it as lost, with a BYE for the other side's sake. */
  lose(): void
}
