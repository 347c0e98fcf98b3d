import { createSecureContext, type SecureContext } from 'node:tls'
import { pause, type Clock } from '../../runtime/clock.ts'
import { issueLeaf, type Authority, type Leaf } from '../../pki/certificate-authority.ts'

const LEAF_LIFETIME_SECONDS = 86_400
const LOOK_AGAIN_MS = 1000

export interface OwnIdentity {
  /** The operator's own certificate; undefined while there is no CA. Renewed when half of its life is over or the CA moved. */
  leaf(): Leaf | undefined
}

/** Waits for a CA to sign it. Undefined: `signal` was faster. */
export async function firstLeaf(identity: OwnIdentity, clock: Clock, signal: AbortSignal): Promise<Leaf | undefined> {
  for (;;) {
    const leaf = identity.leaf()
    if (leaf !== undefined) return leaf
    await pause(clock, LOOK_AGAIN_MS, signal)
    if (signal.aborted) return undefined
  }
}

/** The certificate with which the operator speaks for itself: to bots as a prober, to Prometheus as a server. */
export function createOwnIdentity(o: { authority: () => Authority; namespace: string; clock: Clock }): OwnIdentity {
  let cached: Leaf | undefined
  const dnsNames = [`callbot-operator.${o.namespace}.svc`, `callbot-operator.${o.namespace}.svc.cluster.local`]
  return {
    leaf() {
      const authority = o.authority()
      if (authority.current === undefined) return undefined
      const now = o.clock.wall()
      const halfLife = cached === undefined ? 0 : (cached.notBefore.getTime() + cached.notAfter.getTime()) / 2
      if (cached === undefined || cached.issuer !== authority.current.serial || now > halfLife) {
        cached = issueLeaf(authority, { commonName: 'callbot-operator', dnsNames }, now, LEAF_LIFETIME_SECONDS)
      }
      return cached
    },
  }
}

/** What the operator says of itself and trusts when it asks a pod. Undefined while there is no CA. */
export type Contexts = () => SecureContext | undefined

/**
 * One for all questions to pods, recreated when certificate or CA change: to read key and certificates for each question
 * would cost more than all the rest of it, in time and in memory.
 */
export function createContexts(identity: OwnIdentity, authorityBundle: () => string): Contexts {
  let cached: { serial: string; bundle: string; context: SecureContext } | undefined
  return () => {
    const leaf = identity.leaf()
    if (leaf === undefined) return undefined
    const bundle = authorityBundle()
    if (cached === undefined || cached.serial !== leaf.serial || cached.bundle !== bundle) {
      const pems = { ca: bundle, cert: leaf.certificate, key: leaf.key }
      cached = { serial: leaf.serial, bundle, context: createSecureContext({ ...pems, minVersion: 'TLSv1.2' }) }
    }
    return cached.context
  }
}
