/** The key that signs records of drills: made once, read by the operator alone. Auditors have the public half from a ConfigMap beside it. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import type { Kube } from '../../kube/client.ts'
import { createInformer, type Cached } from '../../kube/informer.ts'
import { createOnce } from '../../kube/create-once.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../runtime/log.ts'
import { keyIdOf } from '../../rules/drill/envelope.ts'
import { PUBLIC_KEY_COMPONENT, PUBLIC_KEY_FILE } from '../../rules/drill/record.ts'
import { projectChild } from '../observe/child-projection.ts'
import type { Reconciler } from '../reconcile/installation.ts'
import { MANAGER } from '../render/manifest.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'

const SECRET = 'callbot-evidence-key'
const SECRET_TYPE = 'callbots.dev/evidence-key'
const KEY_FILE = 'key.pem'
const LABELS = { [MANAGED_BY_LABEL]: MANAGER, [COMPONENT_LABEL]: PUBLIC_KEY_COMPONENT }
/** Each public half has a ConfigMap of its own, which stays when the key is gone: records that it signed stay, too. */
const publicName = (key: KeyObject) => `callbot-evidence-${keyIdOf(key).slice(0, 16)}`

interface CachedKey extends Cached {
  /** Undefined: it is no Ed25519 key. */
  key: KeyObject | undefined
}

export interface EvidenceKey extends Reconciler {
  /** Undefined: there is none yet, and no record can be signed. */
  current(): KeyObject | undefined
}

export function createEvidenceKey(o: {
  transport: Transport
  kube: Kube
  log: Log
  namespace: string
  onChange: () => void
}): EvidenceKey {
  const { namespace, kube } = o
  const base = { transport: o.transport, log: o.log, namespace, onChange: o.onChange }
  const secrets = createInformer<CachedKey>({
    ...base,
    resource: resources.secrets,
    fieldSelector: `metadata.name=${SECRET}`,
    project: projectKey,
  })
  const published = createInformer({
    ...base,
    resource: resources.configMaps,
    labelSelector: `${COMPONENT_LABEL}=${PUBLIC_KEY_COMPONENT}`,
    project: projectChild,
  })
  const current = () => secrets.get(namespace, SECRET)?.key
  return {
    informers: [secrets, published] as unknown as Reconciler['informers'],
    current,
    async reconcile() {
      const key = current()
      // One that is spoilt stays for a person to look at.
      if (secrets.get(namespace, SECRET) === undefined) await createOnce(kube, secretOf(namespace))
      else if (key !== undefined && published.get(namespace, publicName(key)) === undefined)
        await createOnce(kube, publicKey(namespace, key))
      return {}
    },
  }
}

function secretOf(namespace: string) {
  const { privateKey } = generateKeyPairSync('ed25519')
  const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
  const metadata = { name: SECRET, namespace, labels: LABELS }
  const data = { [KEY_FILE]: Buffer.from(pem).toString('base64') }
  return { apiVersion: 'v1', kind: 'Secret', metadata, type: SECRET_TYPE, data }
}

const publicKey = (namespace: string, key: KeyObject) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: publicName(key), namespace, labels: LABELS },
  immutable: true,
  data: { [PUBLIC_KEY_FILE]: createPublicKey(key).export({ type: 'spki', format: 'pem' }).toString() },
})

function projectKey(raw: Raw): CachedKey {
  const { namespace = '', name, uid = '', resourceVersion = '' } = raw.metadata
  const text = (raw.data as Record<string, string> | undefined)?.[KEY_FILE] ?? ''
  return { namespace, name, uid, resourceVersion, key: readKey(Buffer.from(text, 'base64').toString()) }
}

function readKey(pem: string): KeyObject | undefined {
  try {
    const key = createPrivateKey(pem)
    return key.asymmetricKeyType === 'ed25519' ? key : undefined
  } catch {
    return undefined
  }
}
