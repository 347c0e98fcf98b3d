import { named } from '../../runtime/log-fields.ts'
import type { Kube } from '../../kube/client.ts'
import { createInformer, type Cached, type Informer } from '../../kube/informer.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../runtime/log.ts'
import { trustBundle, type Authority } from '../../pki/certificate-authority.ts'
import type { Reconciler } from '../reconcile/installation.ts'
import { MANAGER } from '../render/manifest.ts'
import { reviewPath } from './path-password.ts'

/** The ValidatingWebhookConfiguration of the chart. The operator may touch this one alone, and never makes it. */
export const CONFIGURATION = MANAGER
/** The webhooks in it that are ours, and what their path ends with. */
export const WEBHOOKS: Readonly<Record<string, string>> = {
  'callbots.callbots.dev': 'callbots',
  'dialogs.callbots.dev': 'dialogs',
  'integrations.callbots.dev': 'integrations',
  'dependents.callbots.dev': 'dependents',
  'retention.callbots.dev': 'retention',
}

interface CachedConfiguration extends Cached {
  /** By name of the webhook: what decides whether the API server reaches us. */
  clients: Record<string, ClientConfig>
}

interface ClientConfig {
  caBundle?: string
  service?: { path?: string }
}

/** Keeps what the API server must know to reach the webhook: the CA to trust, and the password in the path. */
export function createWebhookReconciler(o: {
  transport: Transport
  kube: Kube
  log: Log
  authority: () => Authority
  onChange: () => void
}): Reconciler {
  const informer = createInformer<CachedConfiguration>({
    transport: o.transport,
    log: o.log,
    resource: resources.validatingWebhookConfigurations,
    fieldSelector: `metadata.name=${CONFIGURATION}`,
    project: projectConfiguration,
    onChange: o.onChange,
  })
  return {
    informers: [informer] as unknown as Informer<Cached>[],
    async reconcile() {
      const found = informer.get('', CONFIGURATION)
      const wanted = wantedClients(o.authority())
      if (found === undefined || wanted === undefined || isRight(found.clients, wanted)) return {}
      const there = Object.keys(wanted).filter((name) => name in found.clients)
      await o.kube.apply(manifest(there.map((name) => ({ name, clientConfig: wanted[name]! }))))
      o.log.info({ webhooks: there.map(named) }, 'the webhook configuration is updated')
      return {}
    },
  }
}

/** Undefined while there is no CA. */
function wantedClients(authority: Authority): Record<string, ClientConfig> | undefined {
  if (authority.current === undefined) return undefined
  const caBundle = Buffer.from(trustBundle(authority)).toString('base64')
  return Object.fromEntries(
    Object.entries(WEBHOOKS).map(([name, kind]) => [
      name,
      { caBundle, service: { path: reviewPath(authority, kind)! } },
    ]),
  )
}

const isRight = (found: Record<string, ClientConfig>, wanted: Record<string, ClientConfig>) =>
  Object.entries(found).every(([name, { caBundle, service }]) => {
    const should = wanted[name]
    return should === undefined || (should.caBundle === caBundle && should.service?.path === service?.path)
  })

/** Ours are these two fields; all others are the chart's. */
const manifest = (webhooks: readonly { name: string; clientConfig: ClientConfig }[]) => ({
  apiVersion: 'admissionregistration.k8s.io/v1',
  kind: 'ValidatingWebhookConfiguration',
  metadata: { name: CONFIGURATION },
  webhooks,
})

function projectConfiguration(raw: Raw): CachedConfiguration {
  const webhooks = (raw['webhooks'] ?? []) as { name: string; clientConfig: ClientConfig }[]
  const { uid = '', resourceVersion = '', name } = raw.metadata
  return {
    namespace: '',
    name,
    uid,
    resourceVersion,
    clients: Object.fromEntries(webhooks.map((each) => [each.name, each.clientConfig])),
  }
}
