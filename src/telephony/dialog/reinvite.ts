import { describeBug } from '../../runtime/redacted-error.ts'
import type { Header } from '../../wire/sip/message.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Body, OfferAnswer, Refusal } from '../call.ts'
import { respond } from '../respond.ts'
import { replyFlow } from '../transaction/response-flow.ts'
import type { Flow } from '../transport/flow.ts'
import { dialogHeaders } from '../uas.ts'
import { answerUntilAcknowledged } from './response-retransmission.ts'
import { chance } from './agent-context.ts'
import { refuseGlare } from './glare.ts'
import type { DialogInternals } from './dialog-internals.ts'
import { answerSession, type Negotiated } from './session-timer.ts'
import { bodyOf } from './dialog-state.ts'

/** Answers a re-INVITE (RFC 3261 14.2). Whatever it comes to, the call goes on as it was. */
export async function receiveReinvite(d: DialogInternals, understood: UnderstoodRequest, flow: Flow): Promise<void> {
  const { request } = understood
  const toTag = d.sender.state.localTag
  const say = (status: number, headers: readonly Header[] = [], body?: Body) =>
    respond(request, flow.peer, { status, headers, toTag, ...(body === undefined ? {} : { body }) })
  const way = replyFlow(understood, flow, d.context.transports)
  const task = d.context.layer.serveInvite(understood, { flow: way, trying: () => say(100), toTag })
  const refuse = ({ status, headers }: Refusal) => task.transaction.respond(say(status, headers))

  const offer = bodyOf(request)
  const session = answerSession(request)
  const early = refuseGlare(d.pending, 'INVITE', chance()) ?? refuseSession(session)
  if (early !== undefined) return refuse(early)
  task.onCancel = () => refuse({ status: 487 })
  d.pending.theirInvite = true
  d.pending.theirOffer = offer !== undefined
  const answer = await askOwner(d, offer, 'INVITE')
  d.pending.theirInvite = false
  d.pending.theirOffer = false
  if (d.isEnded) return refuse({ status: 487 })
  if (task.transaction.state !== 'proceeding') return
  if (!('body' in answer)) return refuse(answer)
  const headers = [d.sender.contact(), ...dialogHeaders(d.context.can), ...sessionHeaders(session)]
  d.sender.retarget(understood)
  agree(d, session, answer.body, offer)
  task.onCancel = () => {}
  const send = () => task.transaction.respond(say(200, headers, answer.body))
  await acknowledged(d, understood.cseq.number, send, offer === undefined)
}

/** Answers an UPDATE (RFC 3311): with an offer, or without as a mere refresh. */
export async function receiveUpdate(
  d: DialogInternals,
  understood: UnderstoodRequest,
  say: (status: number, headers?: readonly Header[], body?: Body) => void,
): Promise<void> {
  const offer = bodyOf(understood.request)
  const session = answerSession(understood.request)
  const early = (offer === undefined ? undefined : refuseGlare(d.pending, 'UPDATE', chance())) ?? refuseSession(session)
  if (early !== undefined) return say(early.status, early.headers)
  const headers = [d.sender.contact(), ...dialogHeaders(d.context.can), ...sessionHeaders(session)]
  if (offer === undefined) {
    d.sender.retarget(understood)
    agree(d, session)
    return say(200, headers)
  }
  d.pending.theirOffer = true
  const answer = await askOwner(d, offer, 'UPDATE')
  d.pending.theirOffer = false
  if (!('body' in answer)) return say(answer.status, answer.headers)
  d.sender.retarget(understood)
  agree(d, session, answer.body, offer)
  say(200, headers, answer.body)
}

/** 488 without a handler; a handler that throws costs the change, not the call. */
async function askOwner(
  d: DialogInternals,
  offer: Body | undefined,
  method: 'INVITE' | 'UPDATE',
): Promise<OfferAnswer> {
  if (d.handlers.onOffer === undefined) return { status: 488 }
  try {
    return await d.handlers.onOffer(offer, method)
  } catch (error) {
    d.context.log.error(describeBug(error), 'an offer could not be answered; the session stays as it was')
    return { status: 500 }
  }
}

function agree(d: DialogInternals, session: Negotiated, ours?: Body, theirs?: Body): void {
  if (session.kind === 'terms') d.refresher.agree(session.terms)
  else if (session.kind === 'none') d.refresher.agree(undefined)
  d.localBody = ours ?? d.localBody
  d.remoteBody = theirs ?? d.remoteBody
}

/** Sends the 2xx until its ACK is here; if it never comes, the call is lost (RFC 3261 13.3.1.4). */
function acknowledged(d: DialogInternals, number: number, send: () => void, isOffer: boolean): Promise<void> {
  d.pending.theirInvite = true
  d.pending.ourOffer = isOffer
  return new Promise((resolve) => {
    const settle = () => {
      forget()
      d.pending.theirInvite = false
      d.pending.ourOffer = false
      resolve()
    }
    const repeated = answerUntilAcknowledged({
      clock: d.context.clock,
      send: () => (d.isEnded ? undefined : send()),
      onAck: (ack) => {
        settle()
        const body = bodyOf(ack.request)
        if (isOffer && body !== undefined) d.handlers.onAnswer?.((d.remoteBody = body))
      },
      onGiveUp: () => {
        settle()
        d.lose()
      },
    })
    const forget = d.expectAck(number, repeated.acknowledged)
  })
}

function refuseSession(session: Negotiated): Refusal | undefined {
  return session.kind === 'tooShort' ? { status: 422, headers: session.headers } : undefined
}

function sessionHeaders(session: Negotiated): readonly Header[] {
  return session.kind === 'none' ? [] : session.headers
}
