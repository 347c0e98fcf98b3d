import { parseHead } from './parse-head.ts'
import { defaultLimits, type SipLimits } from './limits.ts'
import type { SipFault, SipMessage } from './message.ts'

const HEAD_END = Buffer.from('\r\n\r\n')

/**
 * Reads one message that fills a datagram. Octets past Content-Length are left out (RFC 3261 18.3, RFC 4475 3.1.1.8);
 * fewer than it says are a fault (RFC 4475 3.1.2.2).
 */
export function parseMessage(datagram: Uint8Array, limits: SipLimits = defaultLimits): SipMessage | SipFault {
  const octets = Buffer.from(datagram.buffer, datagram.byteOffset, datagram.byteLength)
  let from = 0
  while (octets[from] === 0x0d && octets[from + 1] === 0x0a) from += 2
  const found = octets.indexOf(HEAD_END, from)
  const end = found < 0 ? octets.length : found + 2
  if (end - from > limits.headOctets) return { kind: 'fault', status: 513, because: 'the head is too large' }
  const head = parseHead(octets.subarray(from, end), limits)
  if (head.kind === 'fault') return head
  const request = head.message.kind === 'request' ? head.message : undefined
  if (found < 0) return { kind: 'fault', status: 400, because: 'no empty line ends the head', request }
  const start = end + 2
  const length = head.contentLength ?? octets.length - start
  if (length > octets.length - start) {
    return { kind: 'fault', status: 400, because: 'the body is shorter than Content-Length', request }
  }
  if (length > limits.bodyOctets) return { kind: 'fault', status: 513, because: 'the body is too large', request }
  return length === 0 ? head.message : { ...head.message, body: octets.subarray(start, start + length) }
}
