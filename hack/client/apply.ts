import type { Secret } from 'kubernetes-types/core/v1.d.ts'
import { applyObjects, kubectl } from '../chart.ts'
import type { Applied } from '../cluster/render/applied.ts'
import { clientManifests } from './manifests.ts'

/**
 * The client's systems beside a bot. Those that are there keep their certificates, which bots and edges know; where one is missing all
 * are made again, and running pods restart with them.
 */
export async function applyClient(kubeconfig: string, botNamespace: string): Promise<void> {
  const manifests = clientManifests(botNamespace)
  const isSecret = (manifest: (typeof manifests)[number]): manifest is Applied<Secret> => manifest.kind === 'Secret'
  const secrets = manifests.filter(isSecret)
  const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfig, ...args])
  const exists = ({ metadata: { namespace = 'default', name } }: Applied<Secret>) =>
    kube('get', 'secret', name, '-n', namespace, '--ignore-not-found', '-o', 'name').then((found) => found !== '')
  const there = await Promise.all(secrets.map(exists))
  const isComplete = there.every(Boolean)
  await applyObjects(kubeconfig, isComplete ? manifests.filter((manifest) => !isSecret(manifest)) : manifests)
  if (isComplete || !there.some(Boolean)) return
  for (const namespace of new Set(secrets.map(({ metadata }) => metadata.namespace!))) {
    if (namespace !== botNamespace) await kube('rollout', 'restart', 'deployment', '-n', namespace)
  }
}
