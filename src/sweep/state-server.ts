import { servePages, type Asked, type Listener, type Page } from '../listeners/page-server.ts'
import type { Identity } from '../pki/identity.ts'
import { isClientOneOf } from '../pki/peer-names.ts'
import type { SweepState } from '../rules/sweep-state.ts'

/**
 * GET /state over HTTPS, for who shows a certificate of our CA for the name of an observer. Nothing else is there.
 * @throws Error of a port that is taken
 */
export async function startStateServer(o: {
  /** 0 takes any free one. */
  port: number
  identity: Identity
  observers: readonly string[]
  state: () => SweepState
}): Promise<Listener> {
  const answer = ({ path, request }: Asked): Page => {
    if (path !== '/state') return { status: 404, text: 'only GET /state' }
    if (!isClientOneOf(request, o.observers))
      return { status: 403, text: `show a certificate of ${o.observers.join(' or ')}` }
    return { status: 200, text: JSON.stringify(o.state()), type: 'application/json' }
  }
  const tls = { ...o.identity, clientCertificate: 'required' as const }
  const listener = await servePages({ port: o.port, tls, answer })
  return { ...listener, renew: (current) => listener.renew({ ...current, clientCertificate: 'required' }) }
}
