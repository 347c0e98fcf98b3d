import type { Header, SipMessage } from './message.ts'
import { idOf } from './header-names.ts'

const BREAK = /[\r\n]/

/**
 * The octets of a message. Content-Length is always set from the body, whatever the header fields say.
 * @throws RangeError if a value holds a line break: it would become a header field of its own.
 */
export function serialise(message: SipMessage): Buffer {
  let head =
    message.kind === 'request'
      ? `${message.method} ${message.uri} SIP/2.0`
      : `SIP/2.0 ${message.status} ${message.reason}`
  if (BREAK.test(head)) throw new RangeError('the start line holds a line break: leave it out')
  for (const { name, id, value } of message.headers) {
    if (id === 'content-length') continue
    if (BREAK.test(value) || BREAK.test(name)) throw new RangeError(`${id} holds a line break: leave it out`)
    head += `\r\n${name}: ${value}`
  }
  head += `\r\nContent-Length: ${message.body.length}\r\n\r\n`
  if (message.body.length === 0) return Buffer.from(head, message.charset)
  return Buffer.concat([Buffer.from(head, message.charset), message.body])
}

/** A header field by its name. */
export function field(name: string, value: string | number): Header {
  return { name, id: idOf(name), value: String(value) }
}
