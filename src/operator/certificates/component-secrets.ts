import { ownWords } from '../../runtime/log-fields.ts'
import { X509Certificate, createPrivateKey, randomBytes } from 'node:crypto'
import type { Kube } from '../../kube/client.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import { createInformer, type Cached, type Informer } from '../../kube/informer.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import { replaceUnreadSecret } from '../../kube/write-only-secret.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../runtime/log.ts'
import { renewalReason, renewalTime, type CertificateFacts } from '../../pki/certificate-renewal.ts'
import { authorityFacts, issueLeaf, trustBundle, type Authority } from '../../pki/certificate-authority.ts'
import { isRouteKey, ROUTE_KEY } from '../../rules/route-key.ts'
import { MANAGER, serviceName } from '../render/manifest.ts'
import type { DatabaseSettings } from '../world/callbot.ts'
import { leafSecret } from './leaf-secret.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'

/** The parts of the installation that are peers of bots and operators and have a certificate of the same CA. */
const PARTS = { edge: 'callbot-edge', speech: 'callbot-speech' } as const
/** Those of the store. The common name of a client of the database is its role: whoever migrates is its administrator. */
const STORE_PARTS = {
  postgres: 'callbot-postgres',
  store: 'callbot_store',
  sweep: 'callbot_sweep',
  migrate: 'callbot_admin',
} as const
type Part = keyof typeof PARTS | keyof typeof STORE_PARTS

const commonNameOf = (part: Part): string => ({ ...PARTS, ...STORE_PARTS })[part]
const secretName = (part: Part) => `callbot-${part}-tls`

interface CachedPair extends Cached {
  /** PEM texts as the Secret has them; empty when a key is missing. */
  certificate: string
  bundle: string
  /** Whether the key in it belongs to the certificate. */
  isPair: boolean
  /** Undefined: there is none that can be used. */
  routeKey: string | undefined
}

export interface CertificateReconciler {
  informers: Informer<Cached>[]
  /** Issues what is missing, spoilt or due. Only the leader may call it. */
  reconcile(now: number): Promise<ReconcileResult>
}

export interface CertificateReconcilerOptions {
  transport: Transport
  kube: Kube
  log: Log
  namespace: string
  authority: () => Authority
  leafLifetimeSeconds: number
  renewAtFraction: number
  /** Undefined: no call records are kept. */
  database: DatabaseSettings | undefined
  onChange: () => void
}

/**
 * Keeps the Secrets `callbot-edge-tls`, which also has the key of the edges' routes, `callbot-speech-tls` and those of the store at home. The
 * operator may read these, since it made them and holds the key that signs them: so it sees at once when one is removed or spoilt, and not when
 * its pods fail.
 */
export function createCertificateReconciler(o: CertificateReconcilerOptions): CertificateReconciler {
  const isKept = (part: string) => part in PARTS || (o.database && !(part === 'postgres' && o.database.isOutside))
  const names = Object.keys({ ...PARTS, ...STORE_PARTS }).filter(isKept) as Part[]
  const parts = names.map((part) => ({ part, informer: watchPair(o, secretName(part)) }))
  /** What was just written and the watch has yet to report: it must not be written a second time. */
  const written = new Map<Part, { uid: string | undefined; at: number }>()
  /** Also when somebody removes the Secret: edges that run have this one. */
  let routeKey: string | undefined
  return {
    informers: parts.map(({ informer }) => informer) as unknown as Informer<Cached>[],
    async reconcile(now) {
      const authority = o.authority()
      if (authority.current === undefined) return {} // comes back with the CA
      const waits = parts.map(async ({ part, informer }) => {
        const found = informer.get(o.namespace, secretName(part))
        if (part === 'edge') routeKey = found?.routeKey ?? routeKey ?? randomBytes(32).toString('hex')
        const last = written.get(part)
        if (last !== undefined && found?.uid !== last.uid && now - last.at < BELIEVED_MS) return 1
        written.delete(part) // the watch has delivered it: from now on its cache is believed, also when it says that it's gone
        const others: Record<string, string> = part === 'edge' ? { [ROUTE_KEY]: routeKey! } : {}
        return renewIfDue(o, authority, { part, found, others }, now, (uid) => written.set(part, { uid, at: now }))
      })
      return { recheckAfterSeconds: Math.min(...(await Promise.all(waits))) }
    },
  }
}

/** Seconds until one is to be looked at again. */
async function renewIfDue(
  o: CertificateReconcilerOptions,
  authority: Authority,
  { part, found, others }: { part: Part; found: CachedPair | undefined; others: Readonly<Record<string, string>> },
  now: number,
  wrote: (uid: string | undefined) => void,
): Promise<number> {
  const isWhole = !(ROUTE_KEY in others) || found?.routeKey !== undefined
  const facts = found && isWhole ? factsOf(found, authority) : undefined
  const because = renewalReason(facts, authorityFacts(authority)!, o.renewAtFraction, now)
  if (facts !== undefined && because === undefined) return secondsUntil(renewalTime(facts, o.renewAtFraction), now)
  o.log.info({ part, because: ownWords(because ?? 'there is none yet') }, 'a certificate is issued')
  const service = serviceName(part, o.namespace)
  const request = { commonName: commonNameOf(part), dnsNames: [service, `${service}.cluster.local`] }
  const leaf = issueLeaf(authority, request, now, o.leafLifetimeSeconds)
  wrote((await replaceUnreadSecret(o.kube, leafSecret(metadataOf(o.namespace, part), leaf, others))).metadata.uid)
  // The watch brings it back and sets the time of its renewal; this is for a watch that is late.
  return SOON_SECONDS
}

const SOON_SECONDS = 60
/** How long a write of ours counts although the watch has not told of it. */
const BELIEVED_MS = 5_000
const MOST_SECONDS = 86_400
const secondsUntil = (at: number, now: number) => Math.min(MOST_SECONDS, Math.max(1, Math.ceil((at - now) / 1000)))

/** What is really in the Secret, seen with the CA of now. Undefined: it serves nobody. */
function factsOf({ certificate, bundle, isPair }: CachedPair, authority: Authority): CertificateFacts | undefined {
  if (!isPair) return undefined
  const parsed = new X509Certificate(certificate)
  const { serial, certificate: issuer } = authority.current!
  const facts = authorityFacts(authority)!
  return {
    serial: parsed.serialNumber.toLowerCase(),
    issuer: isSignedBy(parsed, issuer) ? serial : '',
    bundle: bundle === trustBundle(authority) ? facts.bundle : '',
    notBefore: parsed.validFromDate.getTime(),
    notAfter: parsed.validToDate.getTime(),
  }
}

function isSignedBy(leaf: X509Certificate, issuer: string): boolean {
  const authority = new X509Certificate(issuer)
  return leaf.checkIssued(authority) && leaf.verify(authority.publicKey)
}

function watchPair(o: CertificateReconcilerOptions, name: string): Informer<CachedPair> {
  return createInformer<CachedPair>({
    transport: o.transport,
    log: o.log,
    namespace: o.namespace,
    resource: resources.secrets,
    fieldSelector: `metadata.name=${name}`,
    project: projectPair,
    onChange: o.onChange,
  })
}

function projectPair(raw: Raw): CachedPair {
  const { namespace = '', name, uid = '', resourceVersion = '' } = raw.metadata
  const text = (key: string) =>
    Buffer.from((raw.data as Record<string, string> | undefined)?.[key] ?? '', 'base64').toString()
  const [certificate, key, bundle] = ['tls.crt', 'tls.key', 'ca.crt'].map(text) as [string, string, string]
  const routeKey = isRouteKey(text(ROUTE_KEY)) ? text(ROUTE_KEY) : undefined
  return { namespace, name, uid, resourceVersion, certificate, bundle, isPair: isKeyPair(certificate, key), routeKey }
}

function isKeyPair(certificate: string, key: string): boolean {
  try {
    return new X509Certificate(certificate).checkPrivateKey(createPrivateKey(key))
  } catch {
    return false
  }
}

const metadataOf = (namespace: string, part: Part) => ({
  name: secretName(part),
  namespace,
  labels: { [MANAGED_BY_LABEL]: MANAGER, [COMPONENT_LABEL]: part },
})
