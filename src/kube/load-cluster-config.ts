import { bracketed } from '../lib/ip-address.ts'
import { readFile } from 'node:fs/promises'
import { homedir } from 'node:os'
import { delimiter, join } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import { systemClock } from '../runtime/system-clock.ts'
import type { ClusterConfig } from './cluster-config.ts'
import { tokenFile } from './bearer-tokens.ts'

/** Where the kubelet puts what a pod needs to reach the API server, unless CALLBOT_SERVICE_ACCOUNT_DIRECTORY names a volume of its own. */
const SERVICE_ACCOUNT = '/var/run/secrets/kubernetes.io/serviceaccount'

/**
 * Finds the cluster: KUBECONFIG first, then the pod's own service account, then ~/.kube/config, in the order of
 * kubectl. Throws an error that names the cure when none is there.
 */
export async function loadClusterConfig(
  env: NodeJS.ProcessEnv,
  o: { clock?: Clock; home?: string } = {},
): Promise<ClusterConfig> {
  const clock = o.clock ?? systemClock
  const named = env.KUBECONFIG?.split(delimiter).filter((path) => path !== '') ?? []
  if (named.length > 0) return fromFiles(named, clock)
  if (env.KUBERNETES_SERVICE_HOST) return inCluster(env, clock)
  const usual = join(o.home ?? homedir(), '.kube', 'config')
  return fromFiles([usual], clock)
}

/** Kubeconfigs are for people's machines: a pod doesn't load what reads them, and its image doesn't have it. */
async function fromFiles(paths: string[], clock: Clock): Promise<ClusterConfig> {
  const { clusterConfigFrom } = await import('./kubeconfig.ts').catch((cause) => {
    throw new Error(
      'this image has no package that reads a kubeconfig: run `make deps` in the repository, and start there',
      {
        cause,
      },
    )
  })
  return clusterConfigFrom(paths, clock)
}

async function inCluster(env: NodeJS.ProcessEnv, clock: Clock): Promise<ClusterConfig> {
  const directory = env.CALLBOT_SERVICE_ACCOUNT_DIRECTORY ?? SERVICE_ACCOUNT
  const host = env.KUBERNETES_SERVICE_HOST ?? ''
  const port = env.KUBERNETES_SERVICE_PORT ?? '443'
  const readTls = async () => ({ ca: await readFile(join(directory, 'ca.crt'), 'utf8') })
  await readTls().catch((cause) => {
    throw new Error(`no ${directory}/ca.crt: set automountServiceAccountToken to true on the pod`, { cause })
  })
  return {
    server: `https://${bracketed(host)}:${port}`,
    namespace: env.POD_NAMESPACE ?? (await readFile(join(directory, 'namespace'), 'utf8')).trim(),
    credentials: tokenFile(join(directory, 'token'), clock),
    readTls,
  }
}
