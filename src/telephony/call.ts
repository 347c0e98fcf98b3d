import type { Header } from '../wire/sip/message.ts'
import type { UnderstoodRequest } from '../wire/sip/parse-headers.ts'

/** What a message carries: an SDP offer, most often. */
export interface Body {
  /** Media type in lower case, without parameters: `application/sdp`. */
  readonly type: string
  readonly content: Uint8Array
}

export type TransportName = 'UDP' | 'TCP' | 'TLS'

/** The other end of a hop, as the socket tells it. */
export interface Peer {
  readonly transport: TransportName
  /** Without brackets, an IPv4 address without the coat of IPv6. */
  readonly address: string
  readonly port: number
  /** The names that its certificate proved (RFC 5922 7.1); none without one. */
  readonly names: readonly string[]
}

/** An answer that says no: a value, nothing is thrown. */
export interface Refusal {
  /** 300 to 699. */
  readonly status: number
  readonly headers?: readonly Header[]
}

/** An INVITE that waits to be answered (RFC 3261 13.3). Each verb after the final answer, or after `cancelled`, does nothing. */
export interface IncomingCall {
  readonly understood: UnderstoodRequest
  readonly peer: Peer
  /** Undefined: an offerless INVITE; the body of `accept` is then the offer, and the dialog's `remoteBody` the answer. */
  readonly offer: Body | undefined
  /** Monotonic milliseconds of the injected clock. */
  readonly receivedAt: number
  /** Aborts when the caller gives up before our final answer: CANCEL, or BYE in the early dialog. It was answered with 487 already. */
  readonly cancelled: AbortSignal
  /** A provisional answer; sent reliably (RFC 3262) if the caller requires it, or supports it and there is a body. */
  ring(status?: 180 | 181 | 182 | 183, o?: { headers?: readonly Header[]; body?: Body }): void
  refuse(status: number, headers?: readonly Header[]): void
  /**
   * Answers 200, again and again until the ACK comes (RFC 3261 13.3.1.4). Resolves with the dialog then; with undefined if the
   * call was cancelled, hung up before, or never acknowledged (a BYE was sent then).
   */
  accept(o: { body: Body; headers?: readonly Header[] }): Promise<Dialog | undefined>
  /** Calls somebody on behalf of this caller, from the user agent that has the call. Two dialogs, which nothing connects but their owner. */
  originate(o: OriginateOptions): Promise<OriginateResult>
}

/** `lost`: the peer answers no longer, or its session was not refreshed (RFC 4028 10); a BYE was sent where one can be. */
export type EndCause = 'local' | 'remote' | 'lost'

export interface Ended {
  readonly cause: EndCause
  /** The Reason header field of the BYE (RFC 3326), if it had one. */
  readonly reason?: string
}

/** What a handler of an offer gives back. `body` answers it (or is our offer, if there was none). */
export type OfferAnswer = { readonly body: Body } | Refusal

/** What the owner of a dialog wants to be asked and told. All of them may be missing. */
export interface DialogHandlers {
  /**
   * A re-INVITE or UPDATE with an offer, or a re-INVITE without (offer is undefined: give an offer of ours). Missing: 488.
   * A refresh of the session without SDP never gets here.
   */
  onOffer?: (offer: Body | undefined, method: 'INVITE' | 'UPDATE') => OfferAnswer | Promise<OfferAnswer>
  /** The answer in the ACK to a re-INVITE without offer. */
  onAnswer?: (answer: Body) => void
  /** An INFO body such as application/dtmf-relay; false: not understood, 415. */
  onInfo?: (body: Body) => boolean
}

/** How an attempt to change a session ended. */
export type Modified = { readonly ok: true; readonly body: Body | undefined } | ({ readonly ok: false } & Refusal)

export interface ReferOutcome {
  /** Of REFER itself: 202 as a rule; 408 if nothing came. */
  readonly status: number
  /** What the referred call came to, by the last NOTIFY (RFC 3515 2.4.4); undefined: never told. */
  readonly final?: number
}

/** A confirmed dialog (RFC 3261 12). Handlers are set with `handle` at once, in the turn in which the dialog was got. */
export interface Dialog {
  readonly callId: string
  readonly localTag: string
  readonly remoteTag: string
  readonly peer: Peer
  /** The SDP of the 2xx to a call that we placed, or of the ACK to an offerless INVITE. */
  readonly remoteBody: Body | undefined
  readonly isEnded: boolean
  /** Never rejects. */
  readonly ended: Promise<Ended>
  /** The host that the next request goes to; undefined: it can't be read. */
  readonly nextHost: string | undefined
  handle(handlers: DialogHandlers): void
  /** From now on requests go to `host`, a proxy that routes them as the nearest one did, at the same port. */
  reroute(host: string): void
  /** Hangs up; resolves when the other side has answered, or can't. A second BYE is never sent. */
  bye(headers?: readonly Header[]): Promise<void>
  /**
   * re-INVITE with a new offer of ours; waits its turn (RFC 3261 14.1) and tries again after a 491, three times at most. A 481 ends the dialog; a
   * 408 does not: whether the other side is gone, the caller of this decides.
   */
  modify(body: Body): Promise<Modified>
  /** Ends the dialog, whose other side is gone, and sends a BYE that nobody waits for. */
  lose(): void
  info(body: Body): Promise<number>
  /**
   * Asks the other side to call `target` (RFC 3515). Resolves when it told how that call went, when it refused, when the dialog ended, or after
   * `timeoutMs`.
   */
  refer(
    target: string,
    o: {
      timeoutMs: number
      headers?: readonly Header[]
      /** The other side will try (202). */
      onAccepted?: () => void
      onProgress?: (status: number) => void
    },
  ): Promise<ReferOutcome>
}

/** Who we are and whom we trust on a connection that we open. PEM texts. */
export interface TlsProfile {
  readonly ca: string
  readonly cert?: string
  readonly key?: string
  /** The certificate must prove one of them (RFC 5922); the first is the server name of the handshake. */
  readonly names: readonly string[]
}

/** Where the next message goes. */
export interface NextHop {
  readonly transport: TransportName
  /** A name or an address, IPv6 without brackets. */
  readonly host: string
  readonly port: number
  /** For TLS; missing: the agent's own identity and peers. */
  readonly tls?: TlsProfile
}

export interface OriginateOptions {
  /** Request-URI: `sip:+33123456789@trunk.example.net`. */
  readonly uri: string
  readonly hop: NextHop
  /** Our From, without tag: `<sip:+33987654321@example.org>`, maybe with a display name. */
  readonly from: string
  /** Default: the Request-URI. */
  readonly to?: string
  readonly headers?: readonly Header[]
  /** The offer. */
  readonly body: Body
  readonly credentials?: Credentials
  /** From the INVITE to a final answer: then CANCEL (408). */
  readonly timeoutMs: number
  /**
   * Without any answer, 100 included, for this long the call is given up as `timeout`: to try the next route soon.
   * Default and most: timer B, 32 s.
   */
  readonly silenceMs?: number
  /** Calls it off. */
  readonly signal?: AbortSignal
  readonly onProgress?: (status: number, body: Body | undefined) => void
}

/** For digest authentication (RFC 8760). */
export interface Credentials {
  readonly username: string
  readonly password: string
  /** Only challenges of this realm are met; missing: of any. */
  readonly realm?: string
}

export type OriginateResult =
  | {
      readonly ok: true
      readonly dialog: Dialog
      /** Header fields of the answer. */
      readonly headers: readonly Header[]
    }
  | {
      readonly ok: false
      /** `refused`: by an answer of the other side. */
      readonly because: 'refused' | 'timeout' | 'transport' | 'cancelled'
      /** The final status; 408 for a timeout, 503 for the transport (RFC 3261 8.1.3.1), 487 when cancelled. */
      readonly status: number
      /** A provisional answer other than 100 came: the other side may have rung, so another route could ring twice. */
      readonly rang: boolean
      /** Header fields of the refusal. */
      readonly headers: readonly Header[]
    }
