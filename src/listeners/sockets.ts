/** What every listener of ours has in common, whatever is spoken on it. */
import { constants } from 'node:crypto'

/** Connections that may wait to be accepted; the kernel's own bound is 4,096. With the usual 511 a burst of a neighbour shuts others out. */
export const BACKLOG = 4_096

/** PEM, the whole chain; `ca`: whose certificates are believed. */
export interface Certificates {
  readonly cert: string
  readonly key: string
  readonly ca?: string
}

/**
 * No renegotiation, which costs us more than the peer, and no resumption: a resumed session would skip the check against a CA that has
 * been replaced meanwhile.
 */
export function secureContext({ cert, key, ca }: Certificates) {
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION | constants.SSL_OP_NO_TICKET
  return { cert, key, ...(ca === undefined ? {} : { ca }), minVersion: 'TLSv1.2' as const, secureOptions }
}
