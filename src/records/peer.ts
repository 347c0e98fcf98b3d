import type { IncomingMessage } from 'node:http'
import { namesOfClient } from '../pki/peer-names.ts'

/** Who is at the other end of a connection, by its certificate of our CA. */
export type Peer = 'Pod' | 'Observer' | 'Stranger'

/**
 * A pod of a bot proves `BOT.NAMESPACE.svc`, which only that namespace's pods have.
 * @param observers names of the operator
 */
export const peerOf = (request: IncomingMessage, tenant: string, observers: readonly string[]): Peer =>
  peerNamed(namesOfClient(request), tenant, observers)

export function peerNamed(names: readonly string[], tenant: string, observers: readonly string[]): Peer {
  if (names.some((name) => observers.includes(name))) return 'Observer'
  const isOfTenant = (name: string) => {
    const [bot, namespace, svc, ...rest] = name.split('.')
    return bot !== '' && namespace === tenant && svc === 'svc' && rest.length === 0
  }
  return names.some(isOfTenant) ? 'Pod' : 'Stranger'
}
