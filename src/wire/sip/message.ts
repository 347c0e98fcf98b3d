/** One header field. The value is unfolded and trimmed, otherwise as it was written. */
export interface Header {
  /** As written by the sender, compact or long. */
  readonly name: string
  /** The long form in lower case: what to compare with (RFC 3261 7.3.3). */
  readonly id: string
  readonly value: string
}

interface Common {
  readonly headers: readonly Header[]
  readonly body: Uint8Array
  /** How the head's octets became text; `latin1` only for a head that is not valid UTF-8, so that nothing is lost. */
  readonly charset: 'utf8' | 'latin1'
}

export interface SipRequest extends Common {
  readonly kind: 'request'
  readonly method: string
  /** The Request-URI as written; `parseUri` reads it. */
  readonly uri: string
}

export interface SipResponse extends Common {
  readonly kind: 'response'
  /** 100 to 699. */
  readonly status: number
  readonly reason: string
}

export type SipMessage = SipRequest | SipResponse

/** A message that isn't SIP as RFC 3261 writes it. */
export interface SipFault {
  readonly kind: 'fault'
  /** What a request of this sort is answered with (RFC 3261 21.4, 21.5). */
  readonly status: 400 | 414 | 505 | 513
  readonly because: string
  /** As much as could be read of a request, to answer it by; missing where an answer isn't possible. */
  readonly request?: SipRequest
}

/** The value of the first header field with that id (long form, lower case). */
export function header(message: SipMessage, id: string): string | undefined {
  for (const field of message.headers) if (field.id === id) return field.value
  return undefined
}

/** The values of all header fields with that id, in the order of the message, lists not yet split. */
export function headers(message: SipMessage, id: string): string[] {
  const values: string[] = []
  for (const field of message.headers) if (field.id === id) values.push(field.value)
  return values
}
