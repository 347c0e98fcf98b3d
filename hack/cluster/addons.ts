/** Objects that make a bare API server a cluster: DNS, and read access for kube-router. */
import { createHash } from 'node:crypto'
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts'
import { call } from './api.ts'
import type { Applied } from './render/applied.ts'
import { renderDns } from './render/dns.ts'
import { renderRouterAccess } from './render/policy-rbac.ts'
import { clusterDomain, dnsAddress, dnsImage, kubeconfigFile, zones } from './settings.ts'

const plurals: Record<string, string> = {
  ServiceAccount: 'serviceaccounts',
  ClusterRole: 'clusterroles',
  ClusterRoleBinding: 'clusterrolebindings',
  ConfigMap: 'configmaps',
  Deployment: 'deployments',
  Service: 'services',
}

/** The digest of what was applied is kept in the cluster itself, so that it is lost exactly when the objects are. */
const markPath = '/api/v1/namespaces/kube-system/configmaps/callbot-local-cluster'

/** Applies the objects unless these very ones were applied. */
export async function ensureAddons(): Promise<void> {
  const objects = [
    ...renderRouterAccess(),
    ...renderDns({ image: dnsImage, address: dnsAddress, domain: clusterDomain, replicas: zones.length }),
  ]
  const digest = createHash('sha256').update(JSON.stringify(objects)).digest('hex')
  const mark = await call(kubeconfigFile, 'GET', markPath)
  if ((mark.body as { data?: { digest?: string } }).data?.digest === digest) return
  for (const object of objects) await apply(object)
  const metadata = { name: 'callbot-local-cluster', namespace: 'kube-system' }
  const kept: Applied<ConfigMap> = { apiVersion: 'v1', kind: 'ConfigMap', metadata, data: { digest } }
  await apply(kept)
}

/** Path of an object of one of the kinds above. */
export function pathOf({ apiVersion, kind, metadata }: Applied<object>): string {
  const base = apiVersion.includes('/') ? `/apis/${apiVersion}` : `/api/${apiVersion}`
  const scope = metadata.namespace ? `/namespaces/${metadata.namespace}` : ''
  return `${base}${scope}/${plurals[kind]}/${metadata.name}`
}

async function apply(object: Applied<object>): Promise<void> {
  const path = `${pathOf(object)}?fieldManager=callbot-local-cluster&force=true`
  const { status, body } = await call(kubeconfigFile, 'PATCH', path, object)
  if (status >= 300)
    throw new Error(`applying ${object.kind} ${object.metadata.name}: ${status} ${JSON.stringify(body)}`)
}
