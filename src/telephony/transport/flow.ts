import type { SipFault, SipMessage } from '../../wire/sip/message.ts'
import type { Peer } from '../call.ts'

/** A way to a peer and back: a connection, or an address behind a UDP socket. */
export interface Flow {
  readonly peer: Peer
  /** Our own port: the listening one where there is one, as it goes into Via. */
  readonly localPort: number
  /** Streams lose nothing: no message is sent twice over them (RFC 3261 17). */
  readonly isReliable: boolean
  readonly isOpen: boolean
  /** Sends, or does nothing if the flow is closed. */
  send(octets: Uint8Array): void
  /** Runs once when the flow closes. Returns a function that calls it off. */
  onClose(task: () => void): () => void
  /** Keeps a connection open though nothing is said on it, for as long as a dialog lives. Returns a function that lets go. */
  hold(): () => void
}

/** Takes what came in; a fault is a request that can't be read (RFC 3261 18.3). */
export type Receive = (message: SipMessage | SipFault, flow: Flow) => void

/** An IPv4 address without the coat that a socket for both families gives it. */
export function plainAddress(address: string | undefined): string {
  return (address ?? '').replace(/^::ffff:(?=\d+\.)/, '')
}
