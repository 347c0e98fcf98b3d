import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { systemClock } from '../runtime/system-clock.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { tokenFile } from './bearer-tokens.ts'

/** Where the kubelet puts what a pod needs to reach the API server. */
const POD = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds the cluster: KUBECONFIG first, then the pod's own service account, then ~/.kube/config, in the order of
 * kubectl. Throws an error that names the cure when none is there.
 */
export async function loadClusterConfig(
  env: NodeJS.ProcessEnv,
  o: { clock?: Clock; podDirectory?: string; home?: string } = {},
): Promise<ClusterConfig> {
  const clock = o.clock ?? systemClock
  const named = env.KUBECONFIG?.split(delimiter).filter((path) => path !== '') ?? []
  if (named.length > 0) return fromFiles(named, env, clock)
  if (env.KUBERNETES_SERVICE_HOST) return inCluster(env, clock, o.podDirectory ?? POD)
  const usual = join(o.home ?? homedir(), '.kube', 'config')
  return fromFiles([usual], env, clock)
}

/** Kubeconfigs, and plugins that bring tokens, are for people's machines: a pod doesn't carry what reads them. */
async function fromFiles(paths: string[], env: NodeJS.ProcessEnv, clock: Clock): Promise<ClusterConfig> {
  const { clusterConfigFrom } = await import('./kubeconfig.ts')
  return clusterConfigFrom(paths, env, clock)
}

async function inCluster(env: NodeJS.ProcessEnv, clock: Clock, directory: string): Promise<ClusterConfig> {
  const host = env.KUBERNETES_SERVICE_HOST ?? ''
  const port = env.KUBERNETES_SERVICE_PORT ?? '443'
  const readTls = async () => ({ ca: await readFile(join(directory, 'ca.crt'), 'utf8') })
  await readTls().catch((cause) => {
    throw new Error(`no ${directory}/ca.crt: set automountServiceAccountToken to true on the pod`, { cause })
  })
  return {
    server: `https://${host.includes(':') ? `[${host}]` : host}:${port}`,
    namespace: env.POD_NAMESPACE ?? (await readFile(join(directory, 'namespace'), 'utf8')).trim(),
    credentials: tokenFile(join(directory, 'token'), clock),
    readTls,
  }
}
