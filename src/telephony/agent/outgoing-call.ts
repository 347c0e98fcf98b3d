import { describeBug } from '../../runtime/redacted-error.ts'
import type { Header, SipRequest } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import type { OriginateResult, OriginateOptions } from '../call.ts'
import { Authenticator } from '../dialog/digest-authenticator.ts'
import { contact, newTag, type AgentContext } from '../dialog/agent-context.ts'
import { minSe } from '../dialog/session-modification.ts'
import { LEAST_SECONDS, wishSession } from '../dialog/session-timer.ts'
import type { Flow } from '../transport/flow.ts'
import type { Invitation } from '../transaction/transaction-layer.ts'
import { dialogHeaders } from '../uas.ts'
import { Attempt, type AttemptEnd } from './invite-attempt.ts'

/** The INVITE itself, and what 401, 407 and 422 make necessary. */
const MOST_TRIES = 4

/** Places a call (RFC 3261 13.2): resolves with its dialog, or with why there is none. Never rejects: what can't be written as SIP is refused, 400. */
export async function originate(context: AgentContext, o: OriginateOptions): Promise<OriginateResult> {
  const call = new OutgoingCall(context, o)
  const cancel = context.clock.after(o.timeoutMs, () => call.giveUp('timeout', 408))
  const onAbort = () => call.giveUp('cancelled', 487)
  o.signal?.addEventListener('abort', onAbort, { once: true })
  if (o.signal?.aborted) onAbort()
  try {
    call.run().catch((error: unknown) => {
      context.log.error(describeBug(error), 'a call could not be originated')
      call.giveUp('refused', 400)
    })
    return await call.placed
  } finally {
    cancel()
    o.signal?.removeEventListener('abort', onAbort)
  }
}

/** One call on its way, over all of its tries. */
class OutgoingCall {
  readonly placed: Promise<OriginateResult>
  readonly #context: AgentContext
  readonly #o: OriginateOptions
  readonly #authenticator: Authenticator
  readonly #callId = newTag()
  readonly #from: string
  #settle: (placed: OriginateResult) => void = () => {}
  #isOver = false
  #rang = false
  #attempt: Attempt | undefined
  #invitation: Invitation | undefined

  constructor(context: AgentContext, o: OriginateOptions) {
    this.#context = context
    this.#o = o
    this.#authenticator = new Authenticator(o.credentials)
    this.#from = `${o.from};tag=${newTag()}`
    this.placed = new Promise((resolve) => (this.#settle = resolve))
  }

  async run(): Promise<void> {
    let least = LEAST_SECONDS
    for (let number = 1; ; number++) {
      const flow = await this.#context.transports.open(this.#o.hop).catch(() => undefined)
      if (this.#isOver) return
      if (flow === undefined) return this.#fail('transport', 503)
      const end = await this.#try(flow, number, least)
      if (this.#isOver) return
      if (end.kind === 'answered') return this.#finish({ ok: true, dialog: end.dialog, headers: end.headers })
      if (end.kind === 'failed') return this.#fail(end.because, end.because === 'timeout' ? 408 : 503)
      const { response } = end.understood
      if (response.status === 422) least = Math.max(least, minSe(end.understood))
      const again = response.status === 422 ? least > LEAST_SECONDS : this.#meets(end.understood)
      if (number === MOST_TRIES || !again) return this.#fail('refused', response.status, response.headers)
    }
  }

  /** Nobody waits any longer: CANCEL as soon as that may be sent; who answers all the same is hung up (RFC 3261 9.1, 15). */
  giveUp(because: 'timeout' | 'cancelled' | 'refused', status: number): void {
    if (this.#isOver) return
    this.#attempt?.abandon()
    this.#invitation?.cancel()
    this.#fail(because, status)
  }

  #meets(understood: UnderstoodResponse): boolean {
    const { status } = understood.response
    return (status === 401 || status === 407) && this.#authenticator.challenged(understood)
  }

  #try(flow: Flow, number: number, least: number): Promise<AttemptEnd> {
    const invite = this.#invite(flow, number, least)
    return new Promise((onEnd) => {
      const attempt = new Attempt({
        context: this.#context,
        flow,
        invite,
        authenticator: this.#authenticator,
        place: this.#o,
        onRang: () => (this.#rang = true),
        onEnd,
      })
      this.#attempt = attempt
      this.#invitation = this.#context.layer.invite(flow, {
        request: invite,
        ...(this.#o.silenceMs === undefined ? {} : { silenceMs: this.#o.silenceMs }),
        onResponse: (understood) => attempt.received(understood),
        onFail: (because) => attempt.failed(because),
      })
    })
  }

  #invite(flow: Flow, number: number, least: number): SipRequest {
    const { uri, to, body, headers = [] } = this.#o
    return {
      kind: 'request',
      method: 'INVITE',
      uri,
      headers: [
        field('Max-Forwards', 70),
        field('From', this.#from),
        field('To', to ?? `<${uri}>`),
        field('Call-ID', this.#callId),
        field('CSeq', `${number} INVITE`),
        contact(this.#context, flow, uri.startsWith('sips:')),
        ...this.#authenticator.headersFor('INVITE', uri),
        ...dialogHeaders(this.#context.can),
        ...wishSession(undefined, least),
        ...headers,
        field('Content-Type', body.type),
      ],
      body: Buffer.from(body.content),
      charset: 'utf8',
    }
  }

  #fail(because: 'refused' | 'timeout' | 'transport' | 'cancelled', status: number, headers: readonly Header[] = []) {
    this.#finish({ ok: false, because, status, rang: this.#rang, headers })
  }

  #finish(placed: OriginateResult): void {
    if (this.#isOver) return
    this.#isOver = true
    this.#settle(placed)
  }
}
