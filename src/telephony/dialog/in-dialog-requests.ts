import { header, type Header } from '../../wire/sip/message.ts'
import { names } from '../../wire/sip/list-headers.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Body } from '../call.ts'
import { respond } from '../respond.ts'
import { replyFlow } from '../transaction/response-flow.ts'
import type { Flow } from '../transport/flow.ts'
import { capabilityHeaders, refusalInDialog } from '../uas.ts'
import { logRejection } from './agent-context.ts'
import type { DialogInternals } from './dialog-internals.ts'
import { receiveReinvite, receiveUpdate } from './reinvite.ts'
import { bodyOf } from './dialog-state.ts'

type Say = (status: number, headers?: readonly Header[], body?: Body) => void

/** Serves a request within a dialog (RFC 3261 12.2.2); ACK and CANCEL don't get here. */
export function receiveInDialog(d: DialogInternals, understood: UnderstoodRequest, flow: Flow): void {
  const { request, cseq } = understood
  const { context, sender } = d
  const say: Say = (status, headers = [], body) => {
    const parts = { status, headers, toTag: sender.state.localTag, ...(body === undefined ? {} : { body }) }
    const way = replyFlow(understood, flow, context.transports)
    context.layer.respond(understood, way, respond(request, flow.peer, parts))
  }
  const refusal = refusalInDialog(understood, context.can)
  if (refusal !== undefined) return say(refusal.status, refusal.headers)
  // Out of order, or an old one again.
  if (sender.state.remoteSeq !== undefined && cseq.number < sender.state.remoteSeq) return say(500)
  sender.state = { ...sender.state, remoteSeq: cseq.number }
  if (header(request, 'allow') !== undefined) d.takesUpdate = names(request, 'allow', 'UPDATE')
  switch (request.method) {
    case 'INVITE':
      return logRejection(context, receiveReinvite(d, understood, flow))
    case 'UPDATE':
      return logRejection(context, receiveUpdate(d, understood, say))
    case 'BYE':
      return receiveBye(d, understood, say)
    case 'INFO':
      return receiveInfo(d, understood, say)
    case 'NOTIFY':
      return receiveNotify(d, understood, say)
    case 'PRACK':
      return say(d.early?.onPrack(understood) ?? 481)
    case 'OPTIONS':
      return say(200, capabilityHeaders(context.can))
    default:
      return say(501)
  }
}

function receiveBye(d: DialogInternals, { request }: UnderstoodRequest, say: Say): void {
  say(200)
  d.early?.onBye()
  const reason = header(request, 'reason')
  d.end({ cause: 'remote', ...(reason === undefined ? {} : { reason }) })
}

/** Without a body it only asks whether we are still here (RFC 2976 2.2). */
function receiveInfo(d: DialogInternals, { request }: UnderstoodRequest, say: Say): void {
  const body = bodyOf(request)
  if (body === undefined) return say(200)
  say(d.handlers.onInfo?.(body) === true ? 200 : 415)
}

/** Only what a REFER of ours asked for (RFC 3515 2.4.4). */
function receiveNotify(d: DialogInternals, understood: UnderstoodRequest, say: Say): void {
  const event = (header(understood.request, 'event') ?? '').split(';', 1)[0]!.trim().toLowerCase()
  if (event !== 'refer' || d.referral === undefined) return say(481)
  say(200)
  d.referral.notified(understood)
}
