import { ownWords } from '../../runtime/log-fields.ts'
import { createInformer, type Cached, type Informer } from '../../kube/informer.ts'
import type { ReconcileResult } from '../../kube/controller.ts'
import type { Kube } from '../../kube/client.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../runtime/log.ts'
import { afterAction, authorityTiming, planAuthority } from '../../pki/ca-rotation.ts'
import type { Applier } from '../../kube/applier.ts'
import {
  fromSecretData,
  newSigningCertificate,
  toSecretData,
  trustBundle,
  type Authority,
} from '../../pki/certificate-authority.ts'
import { projectChild } from '../observe/child-projection.ts'
import { MANAGER } from '../render/manifest.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'

/** The Secret in the operator's namespace that holds the CA: the one Secret that the operator may read. */
export const AUTHORITY_SECRET = 'callbot-ca'
const SECRET_TYPE = 'callbots.dev/ca'
/** The public half, for who has to check a certificate of ours and may read no Secret: Prometheus, edges. */
const BUNDLE = 'callbot-ca-bundle'
/** By these labels the API server knows what the operator may write (templates/fence.yaml of the chart). */
const LABELS = { [MANAGED_BY_LABEL]: MANAGER, [COMPONENT_LABEL]: 'authority' }

interface CachedAuthority extends Cached {
  authority: Authority
}

export interface CaReconciler {
  informers: Informer<Cached>[]
  /** Empty until the Secret is there. */
  current(): Authority
  /** Brings the CA forward by one move when one is due. Only the leader may call it. */
  reconcile(now: number): Promise<ReconcileResult>
}

export interface CaReconcilerOptions {
  transport: Transport
  kube: Kube
  applier: Applier
  log: Log
  namespace: string
  caLifetimeSeconds: number
  renewAtFraction: number
  onChange: () => void
}

/** Keeps the CA whose certificates bots, edges and the operator show each other. */
export function createCaReconciler(o: CaReconcilerOptions): CaReconciler {
  const timing = authorityTiming(o.caLifetimeSeconds, o.renewAtFraction)
  const base = { transport: o.transport, log: o.log, namespace: o.namespace, onChange: o.onChange }
  const informer = createInformer<CachedAuthority>({
    ...base,
    resource: resources.secrets,
    fieldSelector: `metadata.name=${AUTHORITY_SECRET}`,
    project: projectAuthority,
  })
  const bundle = createInformer({
    ...base,
    resource: resources.configMaps,
    fieldSelector: `metadata.name=${BUNDLE}`,
    project: projectChild,
  })
  const currentSecret = () => informer.get(o.namespace, AUTHORITY_SECRET)
  return {
    informers: [informer, bundle] as unknown as Informer<Cached>[],
    current: () => currentSecret()?.authority ?? {},
    async reconcile(now) {
      const state = currentSecret()?.authority ?? {}
      const plan = planAuthority(state, timing, now)
      if (plan.action === undefined) {
        await o.applier.applyIfChanged(bundleManifest(o.namespace, state), bundle.get(o.namespace, BUNDLE))
        return { recheckAfterSeconds: secondsUntil(plan.nextAt, now) }
      }
      o.log.info({ action: plan.action, because: ownWords(plan.because) }, 'the CA is rotated')
      const next = afterAction(state, plan.action, newSigningCertificate(now, o.caLifetimeSeconds))
      await write(o, currentSecret(), next)
      return {}
    },
  }
}

const secondsUntil = (at: number | undefined, now: number) =>
  at === undefined ? 1 : Math.min(86_400, Math.max(1, Math.ceil((at - now) / 1000)))

/**
 * A create that meets an existing Secret, or a patch of one that changed since, is refused: two leaders can't each make
 * a CA of their own.
 */
async function write(
  o: CaReconcilerOptions,
  currentSecret: CachedAuthority | undefined,
  next: Authority,
): Promise<void> {
  const data = toSecretData(next)
  if (currentSecret === undefined) {
    const metadata = { name: AUTHORITY_SECRET, namespace: o.namespace, labels: LABELS }
    const manifest = { apiVersion: 'v1', kind: 'Secret', metadata, type: SECRET_TYPE, data }
    await o.kube.create(manifest)
    return
  }
  const gone = Object.fromEntries(
    ['current', 'next', 'previous'].flatMap((slot) => [
      [`${slot}.crt`, null],
      [`${slot}.key`, null],
    ]),
  )
  await o.kube.mergePatch(resources.secrets, o.namespace, AUTHORITY_SECRET, {
    metadata: { resourceVersion: currentSecret.resourceVersion },
    data: { ...gone, ...data },
  })
}

const bundleManifest = (namespace: string, authority: Authority) => ({
  apiVersion: 'v1',
  kind: 'ConfigMap',
  metadata: { name: BUNDLE, namespace, labels: LABELS },
  data: { 'ca.crt': trustBundle(authority) },
})

function projectAuthority(raw: Raw): CachedAuthority {
  const { namespace = '', name, uid = '', resourceVersion = '' } = raw.metadata
  const data = (raw.data ?? {}) as Record<string, string>
  return { namespace, name, uid, resourceVersion, authority: fromSecretData(data) }
}
