import { defaultLimits, type SipLimits } from '../../wire/sip/limits.ts'

/** What one stranger may cost us. */
export interface TransportLimits {
  readonly sip: SipLimits
  /** A message must be whole this long after its first octet. */
  readonly messageMs: number
  /** Without a word for this long a connection is closed; keep-alives count as words. One that a dialog holds stays. */
  readonly idleMs: number
  /** Octets that may wait to be sent before we stop reading from a peer that doesn't read. */
  readonly unsentOctets: number
  /** For a TLS handshake, in and out. */
  readonly handshakeMs: number
  /** To reach a peer, handshake included. */
  readonly connectMs: number
  readonly connections: number
  readonly connectionsPerAddress: number
  /** New connections a second, of all addresses together and of one. */
  readonly newPerSecond: number
  readonly newPerSecondPerAddress: number
  /** Messages a second from one address over UDP, and how many may come at once. What is more is not even read. */
  readonly messagesPerSecond: number
  readonly messagesAtOnce: number
}

export const defaultTransportLimits: TransportLimits = {
  sip: defaultLimits,
  messageMs: 10_000,
  idleMs: 300_000,
  unsentOctets: 262_144,
  handshakeMs: 5_000,
  connectMs: 5_000,
  connections: 1_024,
  connectionsPerAddress: 128,
  newPerSecond: 200,
  newPerSecondPerAddress: 100,
  messagesPerSecond: 2_000,
  messagesAtOnce: 4_000,
}
