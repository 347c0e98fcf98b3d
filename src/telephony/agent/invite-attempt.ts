import { names } from '../../wire/sip/list-headers.ts'
import { header, type SipRequest } from '../../wire/sip/message.ts'
import { param } from '../../wire/sip/params.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { OriginateOptions } from '../call.ts'
import type { Authenticator } from '../dialog/digest-authenticator.ts'
import { logRejection, type AgentContext } from '../dialog/agent-context.ts'
import { LiveDialog } from '../dialog/live-dialog.ts'
import type { Header } from '../../wire/sip/message.ts'
import { Sender } from '../dialog/request-sender.ts'
import { agreedSession } from '../dialog/session-timer.ts'
import { asClient, bodyOf } from '../dialog/dialog-state.ts'
import type { Flow } from '../transport/flow.ts'

/** How one INVITE ended. */
export type AttemptEnd =
  | { readonly kind: 'answered'; readonly dialog: LiveDialog; readonly headers: readonly Header[] }
  | { readonly kind: 'refused'; readonly understood: UnderstoodResponse }
  | { readonly kind: 'failed'; readonly because: 'timeout' | 'transport' }

interface Leg {
  readonly dialog: LiveDialog
  rseq: number
  acknowledge: (() => void) | undefined
}

export interface AttemptOptions {
  readonly context: AgentContext
  readonly flow: Flow
  /** As it was sent, but for the Via. */
  readonly invite: SipRequest
  readonly authenticator: Authenticator
  readonly place: OriginateOptions
  readonly onRang: () => void
  readonly onEnd: (end: AttemptEnd) => void
}

/**
 * One INVITE of ours and all who answer it: a proxy may have forked it, so there may be several dialogs (RFC 3261 13.2.2). The first 2xx wins;
 * every other is acknowledged and hung up at once.
 */
export class Attempt {
  readonly #o: AttemptOptions
  readonly #legs = new Map<string, Leg>()
  #winner: Leg | undefined
  /** Nobody waits for the call any more: what is answered now is hung up. */
  #isAbandoned = false

  constructor(o: AttemptOptions) {
    this.#o = o
  }

  abandon(): void {
    this.#isAbandoned = true
    this.#endOthers()
  }

  failed(because: 'timeout' | 'transport'): void {
    this.abandon()
    this.#o.onEnd({ kind: 'failed', because })
  }

  received(understood: UnderstoodResponse): void {
    const { status } = understood.response
    if (status === 100) return
    if (status < 200) return this.#provisional(understood)
    if (status < 300) return this.#answered(understood)
    this.abandon()
    this.#o.onEnd({ kind: 'refused', understood })
  }

  #provisional(understood: UnderstoodResponse): void {
    const { response, cseq } = understood
    this.#o.onRang()
    const leg = this.#legOf(understood)
    const body = bodyOf(response)
    if (leg !== undefined && body !== undefined) leg.dialog.remoteBody = body
    this.#o.place.onProgress?.(response.status, body)
    const rseq = Number(header(response, 'rseq'))
    // RFC 3262 4: in order, each once; its retransmission means that the PRACK is still on its way.
    if (leg === undefined || !names(response, 'require', '100rel') || !(rseq > 0)) return
    if (leg.rseq !== 0 && rseq !== leg.rseq + 1) return
    leg.rseq = rseq
    const headers = [field('RAck', `${rseq} ${cseq.number} INVITE`)]
    logRejection(this.#o.context, leg.dialog.sender.ask('PRACK', { headers }))
  }

  #answered(understood: UnderstoodResponse): void {
    const leg = this.#legOf(understood)
    // Without a tag or a Contact there is nobody to acknowledge: the other side gives up by itself (RFC 3261 13.3.1.4).
    if (leg === undefined) return
    if (leg.acknowledge !== undefined) return leg.acknowledge()
    this.#confirm(leg, understood)
    if (this.#winner !== undefined || this.#isAbandoned) return hangUp(leg.dialog)
    this.#winner = leg
    this.#endOthers()
    this.#o.onEnd({ kind: 'answered', dialog: leg.dialog, headers: understood.response.headers })
  }

  #confirm(leg: Leg, understood: UnderstoodResponse): void {
    const { dialog } = leg
    const { response, cseq } = understood
    const confirmed = asClient(this.#o.invite, understood)
    if (confirmed !== undefined) {
      // The routes are those of the 2xx (RFC 3261 13.2.2.4); the numbers go on from the PRACKs.
      const { localSeq, remoteSeq } = dialog.sender.state
      dialog.sender.state = { ...confirmed, localSeq: Math.max(localSeq, confirmed.localSeq), remoteSeq }
    }
    dialog.early = undefined
    dialog.pending.ourInvite = false
    dialog.pending.ourOffer = false
    dialog.localBody = this.#o.place.body
    dialog.remoteBody = bodyOf(response) ?? dialog.remoteBody
    dialog.takesUpdate = names(response, 'allow', 'UPDATE')
    dialog.refresher.agree(agreedSession(response))
    leg.acknowledge = dialog.sender.acknowledge(cseq.number, this.#o.invite)
  }

  #legOf(understood: UnderstoodResponse): Leg | undefined {
    const tag = param(understood.to.params, 'tag') ?? ''
    const known = this.#legs.get(tag)
    if (known !== undefined) return known
    const { context, flow, authenticator, place, invite } = this.#o
    const state = asClient(invite, understood)
    if (state === undefined) return undefined
    const isSips = place.uri.startsWith('sips:')
    const tls = place.hop.tls === undefined ? {} : { tls: place.hop.tls }
    const sender = new Sender({ context, state, flow, authenticator, isSips, ...tls })
    const early = { onPrack: () => 481, onBye: () => {} }
    const dialog = new LiveDialog({ context, sender, ownsCallId: true, early })
    dialog.pending.ourInvite = true
    dialog.pending.ourOffer = true
    const leg: Leg = { dialog, rseq: 0, acknowledge: undefined }
    this.#legs.set(tag, leg)
    return leg
  }

  /** Early dialogs end with their INVITE, without a word: the proxy cancels them. */
  #endOthers(): void {
    for (const { dialog, acknowledge } of this.#legs.values()) {
      if (acknowledge === undefined) dialog.end({ cause: 'local' })
    }
  }
}

/** Whether the dialog was ended as an early one or not: the other side takes it for confirmed. */
function hangUp(dialog: LiveDialog): void {
  dialog.end({ cause: 'local' })
  logRejection(dialog.context, dialog.sender.ask('BYE'))
}
