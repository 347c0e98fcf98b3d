import type { IncomingMessage } from 'node:http'
import { namesOfClient } from '../pki/peer-names.ts'

/** Who is at the other end of a connection, by its certificate of our CA. */
export type Peer =
  | { readonly kind: 'Records'; readonly namespace: string }
  | { readonly kind: 'Observer' }
  | { readonly kind: 'Stranger' }

/** What the program records of a namespace proves: no Callbot may have its name. */
const RECORDS = /^callbot-records[.]([a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?)[.]svc(?:[.]cluster[.]local)?$/

/** @param observers names of the operator */
export const peerOf = (request: Pick<IncomingMessage, 'socket'>, observers: readonly string[]): Peer =>
  peerNamed(namesOfClient(request), observers)

export function peerNamed(names: readonly string[], observers: readonly string[]): Peer {
  if (names.some((name) => observers.includes(name))) return { kind: 'Observer' }
  const namespaces = new Set(names.flatMap((name) => RECORDS.exec(name)?.slice(1) ?? []))
  const [namespace, ...others] = namespaces
  return namespace === undefined || others.length > 0 ? { kind: 'Stranger' } : { kind: 'Records', namespace }
}
