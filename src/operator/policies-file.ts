/** Keeps the ConfigMap with the file of policies that sweep reads. */
import type { Applier } from '../kube/applier.ts'
import { createInformer, type Cached, type Informer } from '../kube/informer.ts'
import { resources } from '../kube/resources.ts'
import type { Transport } from '../kube/transport.ts'
import type { Log } from '../runtime/log.ts'
import type { Caches } from './observe/caches.ts'
import { projectChild } from './observe/projections.ts'
import type { Reconciler } from './reconcile/installation.ts'
import { MANAGER } from './render/manifest.ts'
import { writePolicies } from './render/policies.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL } from './world/labels.ts'

const NAME = 'callbot-policies'
const FILE = 'policies.json'
/** A ConfigMap has room for 1 MiB. */
const LONGEST = 1_000_000

export interface PoliciesReconcilerOptions {
  transport: Transport
  applier: Applier
  log: Log
  namespace: string
  caches: Pick<Caches, 'retentionPolicies'>
  onChange: () => void
}

export function createPoliciesReconciler(o: PoliciesReconcilerOptions): Reconciler {
  const informer = createInformer({
    ...{ transport: o.transport, log: o.log, namespace: o.namespace, resource: resources.configMaps },
    ...{ fieldSelector: `metadata.name=${NAME}`, project: projectChild, onChange: o.onChange },
  })
  return {
    informers: [informer] as unknown as Informer<Cached>[],
    async reconcile() {
      const text = writePolicies(o.caches.retentionPolicies.list())
      if (Buffer.byteLength(text) > LONGEST) {
        throw new Error(
          `the RetentionPolicies of all namespaces are more than a ConfigMap holds (${LONGEST} octets): sweep goes by those that it has. Remove policies that nobody uses`,
        )
      }
      const labels = { [MANAGED_BY_LABEL]: MANAGER, [COMPONENT_LABEL]: 'policies' }
      const metadata = { name: NAME, namespace: o.namespace, labels }
      const manifest = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { [FILE]: text } }
      const answer = await o.applier.applyIfChanged(manifest, informer.get(o.namespace, NAME))
      if (answer !== undefined) informer.absorb(answer)
      return {}
    },
  }
}
