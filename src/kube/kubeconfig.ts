import { readFile } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import type { Clock } from '../runtime/clock.ts'
import type { ClusterConfig, TlsMaterial } from './cluster-config.ts'
import { noCredentials, staticToken, tokenFile, type Credentials } from './bearer-tokens.ts'
import { execToken, type ExecPlugin } from './exec-plugin.ts'

interface Cluster {
  server?: string
  'certificate-authority'?: string
  'certificate-authority-data'?: string
  'insecure-skip-tls-verify'?: boolean
  'tls-server-name'?: string
  'proxy-url'?: string
}

interface User {
  token?: string
  tokenFile?: string
  'client-certificate'?: string
  'client-certificate-data'?: string
  'client-key'?: string
  'client-key-data'?: string
  exec?: ExecPlugin
  username?: string
  'auth-provider'?: unknown
  as?: string
}

interface Context {
  cluster?: string
  user?: string
  namespace?: string
}

/** An entry, and the folder that its relative paths start from. */
interface Entry<T> {
  value: T
  folder: string
}

interface Merged {
  currentContext: string
  clusters: Map<string, Entry<Cluster>>
  users: Map<string, Entry<User>>
  contexts: Map<string, Entry<Context>>
}

/** Reads kubeconfig files, merged as kubectl does: the first file that sets a value wins. */
export async function clusterConfigFrom(paths: string[], env: NodeJS.ProcessEnv, clock: Clock): Promise<ClusterConfig> {
  const merged = await merge(paths)
  const context = pick(merged.contexts, merged.currentContext, 'context', paths)
  const cluster = pick(merged.clusters, context.value.cluster, 'cluster', paths)
  const user = context.value.user ? pick(merged.users, context.value.user, 'user', paths) : undefined
  if (!cluster.value.server)
    throw new Error(`the cluster "${context.value.cluster}" in ${paths.join(', ')} has no "server": add its URL`)
  refuseUnsupported(cluster.value, user?.value)
  return {
    server: cluster.value.server.replace(/\/+$/, ''),
    namespace: context.value.namespace ?? 'default',
    credentials: user ? credentialsOf(user, env, clock) : noCredentials,
    readTls: () => readTls(cluster, user),
  }
}

async function merge(paths: string[]): Promise<Merged> {
  // Loaded only here: inside a cluster there is no kubeconfig, and the parser's megabytes are better spent.
  const { parse } = await import('yaml')
  const merged: Merged = { currentContext: '', clusters: new Map(), users: new Map(), contexts: new Map() }
  for (const path of paths) {
    const text = await readFile(path, 'utf8').catch((cause) => {
      throw new Error(`cannot read the kubeconfig ${path}: set KUBECONFIG to a file that is there`, { cause })
    })
    const config = (parse(text) ?? {}) as Record<string, unknown>
    const folder = dirname(resolve(path))
    merged.currentContext ||= String(config['current-context'] ?? '')
    collect(merged.clusters, config.clusters, 'cluster', folder)
    collect(merged.users, config.users, 'user', folder)
    collect(merged.contexts, config.contexts, 'context', folder)
  }
  return merged
}

function collect<T>(into: Map<string, Entry<T>>, list: unknown, field: string, folder: string): void {
  for (const item of (list ?? []) as Record<string, unknown>[]) {
    const name = String(item.name)
    if (!into.has(name)) into.set(name, { value: (item[field] ?? {}) as T, folder })
  }
}

function pick<T>(from: Map<string, Entry<T>>, name: string | undefined, what: string, paths: string[]): Entry<T> {
  const found = from.get(name ?? '')
  if (found) return found
  const names = [...from.keys()].join(', ') || 'none'
  const cure = what === 'context' ? 'run "kubectl config use-context NAME"' : `correct the ${what} of the context`
  throw new Error(`${paths.join(', ')}: no ${what} named "${name ?? ''}" (there are: ${names}): ${cure}`)
}

function refuseUnsupported(cluster: Cluster, user: User | undefined): void {
  if (cluster['proxy-url'])
    throw new Error('"proxy-url" in the kubeconfig is not supported: reach the API server directly, or tunnel to it')
  if (user?.['auth-provider'])
    throw new Error('"auth-provider" in the kubeconfig is gone from Kubernetes since 1.26: use an exec plugin')
  if (user?.username)
    throw new Error('"username" in the kubeconfig is gone from Kubernetes since 1.19: use a certificate or a token')
  if (user?.as) throw new Error('"as" (impersonation) in the kubeconfig is not supported: use that user\'s own entry')
}

function credentialsOf({ value, folder }: Entry<User>, env: NodeJS.ProcessEnv, clock: Clock): Credentials {
  if (value.tokenFile) return tokenFile(resolve(folder, value.tokenFile), clock)
  if (value.token) return staticToken(value.token)
  if (value.exec) return execToken(value.exec, env, clock)
  return noCredentials
}

async function readTls(cluster: Entry<Cluster>, user: Entry<User> | undefined): Promise<TlsMaterial> {
  const { value: c, folder } = cluster
  const u = user?.value ?? {}
  const home = user?.folder ?? folder
  return {
    ca: await pem(c['certificate-authority-data'], c['certificate-authority'], folder),
    cert: await pem(u['client-certificate-data'], u['client-certificate'], home),
    key: await pem(u['client-key-data'], u['client-key'], home),
    serverName: c['tls-server-name'],
    insecure: c['insecure-skip-tls-verify'] === true,
  }
}

async function pem(data: string | undefined, path: string | undefined, folder: string): Promise<string | undefined> {
  if (data) return Buffer.from(data, 'base64').toString('utf8')
  if (!path) return undefined
  return readFile(resolve(folder, path), 'utf8').catch((cause) => {
    throw new Error(`the kubeconfig names ${path}, which cannot be read: correct the path or embed the data`, { cause })
  })
}
