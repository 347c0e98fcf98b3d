import { probeOptions } from '../telephony/probe.ts'
import { pause, type Clock } from '../lib/clock.ts'
import { issueLeaf, type Authority, type Leaf } from './apply/authority.ts'
import type { CachedPod } from './observe/project.ts'
import { SIPS_PORT } from './render/manifest.ts'

const TIMEOUT_MS = 1000
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
  let held: Leaf | undefined
  const dnsNames = [`callbot-operator.${o.namespace}.svc`, `callbot-operator.${o.namespace}.svc.cluster.local`]
  return {
    leaf() {
      const authority = o.authority()
      if (authority.current === undefined) return undefined
      const now = o.clock.wall()
      const halfLife = held === undefined ? 0 : (held.notBefore.getTime() + held.notAfter.getTime()) / 2
      if (held === undefined || held.issuer !== authority.current.serial || now > halfLife) {
        held = issueLeaf(authority, { commonName: 'callbot-operator', dnsNames }, now, LEAF_LIFETIME_SECONDS)
      }
      return held
    },
  }
}

/** Asks one bot pod whether it answers, as an edge would: SIP OPTIONS over mutual TLS. */
export function createBotProbe(identity: OwnIdentity, authorityBundle: () => string, clock: Clock) {
  return async (pod: CachedPod & { ip: string }): Promise<boolean> => {
    const leaf = identity.leaf()
    if (leaf === undefined) return true // nothing can be asked yet, and silence would be our own
    const result = await probeOptions({
      host: pod.ip,
      port: SIPS_PORT,
      servername: `${pod.bot}.${pod.namespace}.svc`,
      tls: { ca: authorityBundle(), cert: leaf.certificate, key: leaf.key },
      timeoutMs: TIMEOUT_MS,
      clock,
    })
    return result.ok
  }
}
