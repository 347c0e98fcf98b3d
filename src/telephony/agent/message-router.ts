import { describeBug } from '../../runtime/redacted-error.ts'
import type { SipFault, SipMessage } from '../../wire/sip/message.ts'
import { param } from '../../wire/sip/params.ts'
import { understandRequest, understandResponse, type UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { IncomingCall, Peer, Refusal } from '../call.ts'
import type { AgentContext } from '../dialog/agent-context.ts'
import { answerSession } from '../dialog/session-timer.ts'
import type { Flow, Receive } from '../transport/flow.ts'
import { capabilityHeaders, refusalOf } from '../uas.ts'
import type { StallDetector } from './stall-detector.ts'
import { Incoming, readCall } from './incoming-call.ts'
import type { ConnectionStallDetector } from './connection-stall-detector.ts'
import { refuseFault, type createStatelessAnswer } from './stateless-responses.ts'

export interface ReceiverOptions {
  readonly context: AgentContext
  readonly freeze: StallDetector
  readonly lines: ConnectionStallDetector
  readonly answer: ReturnType<typeof createStatelessAnswer>
  /** Asked for each new INVITE and OPTIONS: why it is turned away now. */
  readonly admit: (method: 'INVITE' | 'OPTIONS', peer: Peer) => Refusal | undefined
  readonly onCall: (call: IncomingCall) => void | Promise<void>
}

/** Takes every message that comes in to where it belongs. */
export function createReceiver(o: ReceiverOptions): Receive {
  return (message: SipMessage | SipFault, flow: Flow) => {
    // Asked before `reading` is called: reading ends no thaw.
    const isThawing = o.freeze.isRecovering()
    o.freeze.reading()
    const hasWaited = o.lines.read(flow, message.kind === 'request' && message.method === 'OPTIONS')
    if (message.kind === 'response') {
      const understood = understandResponse(message)
      if (!('kind' in understood)) o.context.layer.receive(understood)
    } else if (message.kind === 'fault') {
      if (message.request !== undefined) o.answer(message.request, flow, refuseFault(message))
    } else {
      const understood = understandRequest(message)
      if ('kind' in understood) o.answer(message, flow, refuseFault(understood))
      else receiveRequest(o, understood, flow, isThawing || hasWaited)
    }
  }
}

function receiveRequest(o: ReceiverOptions, understood: UnderstoodRequest, flow: Flow, mayBeStale: boolean): void {
  const { layer, table } = o.context
  const { request, to, from, callId } = understood
  if (layer.absorb(understood)) return
  if (request.method === 'CANCEL') return receiveCancel(o, understood, flow)
  const tag = param(to.params, 'tag')
  const dialog = tag === undefined ? undefined : table.find(callId, tag, param(from.params, 'tag') ?? '')
  if (request.method === 'ACK') return dialog?.acknowledged(understood)
  if (dialog !== undefined) return dialog.receive(understood, flow)
  const refusal = refusalOf(understood, o.context.can)
  if (refusal !== undefined) return o.answer(request, flow, refusal)
  if (request.method === 'INVITE') return receiveInvite(o, understood, flow, mayBeStale)
  // What is left of our methods has a meaning within dialogs only.
  if (request.method !== 'OPTIONS') return o.answer(request, flow, { status: 481 })
  o.answer(request, flow, o.admit('OPTIONS', flow.peer) ?? { status: 200, headers: capabilityHeaders(o.context.can) })
}

/** RFC 3261 9.2: 200 if there is something to cancel, whether it is still of use or not. */
function receiveCancel(o: ReceiverOptions, understood: UnderstoodRequest, flow: Flow): void {
  const task = o.context.layer.cancelled(understood)
  o.answer(understood.request, flow, task === undefined ? { status: 481 } : { status: 200, toTag: task.toTag })
  if (task?.transaction.state === 'proceeding') task.onCancel()
}

function receiveInvite(o: ReceiverOptions, understood: UnderstoodRequest, flow: Flow, mayBeStale: boolean): void {
  const { context } = o
  const refuse = (refusal: Refusal) => o.answer(understood.request, flow, refusal)
  // The caller may be elsewhere by now. If not, whoever sent it tries the next pod.
  if (mayBeStale) return refuse({ status: 503 })
  if (context.layer.isMerged(understood)) return refuse({ status: 482 })
  const refusal = o.admit('INVITE', flow.peer)
  if (refusal !== undefined) return refuse(refusal)
  const session = answerSession(understood.request)
  if (session.kind === 'tooShort') return refuse({ status: 422, headers: session.headers })
  const state = readCall(understood)
  if (state === undefined) return refuse({ status: 400 })
  const receivedAt = context.clock.monotonic()
  const isStale = () => o.freeze.hasStalledSince(receivedAt)
  const call = new Incoming({ context, understood, flow, session, state, receivedAt, isStale })
  const failed = (error: unknown) => {
    context.log.error(describeBug(error), 'a call could not be handled; it is refused')
    call.refuse(500)
  }
  try {
    Promise.resolve(o.onCall(call)).catch(failed)
  } catch (error) {
    failed(error)
  }
}
