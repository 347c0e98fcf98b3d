import type { X509Certificate } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import { provenNames } from '../pki/peer-names.ts'

/** Who is at the other end of a connection, by its certificate of our CA. */
export type Peer = 'Pod' | 'Observer' | 'Stranger'

/**
 * A pod of a bot proves `BOT.NAMESPACE.svc`, which only that namespace's pods have.
 * @param observers names of the operator
 */
export function peerOf(request: IncomingMessage, tenant: string, observers: readonly string[]): Peer {
  const socket = request.socket as unknown as {
    authorized?: boolean
    getPeerX509Certificate?(): X509Certificate | undefined
  }
  if (socket.authorized !== true) return 'Stranger'
  return peerNamed(provenNames(socket.getPeerX509Certificate?.()?.subjectAltName), tenant, observers)
}

export function peerNamed(names: readonly string[], tenant: string, observers: readonly string[]): Peer {
  if (names.some((name) => observers.includes(name))) return 'Observer'
  const isOfTenant = (name: string) => {
    const [bot, namespace, svc, ...rest] = name.split('.')
    return bot !== '' && namespace === tenant && svc === 'svc' && rest.length === 0
  }
  return names.some(isOfTenant) ? 'Pod' : 'Stranger'
}
