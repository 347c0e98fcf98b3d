/**
 * A person's kubeconfig, read by the KubeConfig of @kubernetes/client-node. Loading that costs 87 MiB and 0.7 s, so nothing but
 * load-cluster-config.ts imports this file, by import() and never in a pod; images don't even carry the package (docs/adr/0001).
 */
import { KubeConfig, loadYaml, type Cluster, type User } from '@kubernetes/client-node'
import { readFile } from 'node:fs/promises'
import type { RequestOptions } from 'node:https'
import { dirname, resolve } from 'node:path'
import { readAddress } from '../lib/ip-address.ts'
import { withoutSlashes } from '../lib/slashes.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import { noCredentials, staticToken, tokenFile, type Credentials } from './bearer-tokens.ts'
import type { ClusterConfig, Headers, TlsMaterial } from './cluster-config.ts'

/** `users[].user.exec` (client.authentication.k8s.io). */
interface ExecPlugin {
  apiVersion?: string
  command?: string
  env?: { name: string; value: string }[] | null
  installHint?: string
  provideClusterInfo?: boolean
}

/** What KubeConfig doesn't read of a user, or not as kubectl does. */
interface UserFields {
  tokenFile?: string
  'as-uid'?: string
  'as-groups'?: string[]
  'as-user-extra'?: Record<string, string[]>
  exec?: ExecPlugin | null
}

interface RawKubeconfig {
  clusters?: { cluster?: Record<string, unknown> | null }[] | null
  users?: { name: string; user?: UserFields | null }[] | null
}

/** Several kubeconfigs in one, and the fields of the chosen user. */
interface Merged {
  config: KubeConfig
  cluster: Cluster
  user: User
  namespace: string
  fields: UserFields
}

/** The user of a context that names none: no entry can have this name. */
const NOBODY = ''
const PLUGIN_TIMEOUT_MS = 60_000
/** How long an answer of a plugin is used without a look at its expiry. A token that the server rejects is renewed at once. */
const LOOK_AGAIN_MS = 10_000
/** The proxies that kubectl knows, too. */
const PROXY = /^(https?|socks5):\/\//

/**
 * Reads kubeconfig files, merged as kubectl does: the first file that sets a value wins.
 * @throws an error that names the cure, for a file that can't be read, an entry that is missing, and what isn't supported
 */
export async function clusterConfigFrom(paths: string[], clock: Clock): Promise<ClusterConfig> {
  const { config, cluster, user, namespace, fields } = await merge(paths)
  refuseUnsupported(cluster, user)
  const usesPlugin = !fields.tokenFile && !user.token && Boolean(fields.exec ?? user.authProvider)
  const plugin = createPlugin(config, async () => (await merge(paths)).config, fields.exec ?? {}, clock)
  return {
    server: withoutSlashes(cluster.server),
    namespace,
    proxyUrl: cluster.proxyUrl || undefined,
    headers: impersonation(user, fields),
    credentials: usesPlugin ? plugin.credentials : credentialsOf(user, fields, clock),
    readTls: async () => tlsIn(await plugin.options()),
  }
}

async function merge(paths: string[]): Promise<Merged> {
  const config = new KubeConfig()
  const fields = new Map<string, UserFields>()
  for (const path of paths) {
    const raw = await readRaw(path)
    const one = parsed(raw, path)
    if (!config.getCurrentContext() && one.getCurrentContext()) config.setCurrentContext(one.getCurrentContext())
    for (const each of one.clusters) if (!config.getCluster(each.name)) config.addCluster(each)
    for (const each of one.contexts) if (!config.getContextObject(each.name)) config.addContext(each)
    for (const each of one.users) {
      if (config.getUser(each.name)) continue
      config.addUser(each)
      fields.set(each.name, raw.users?.find(({ name }) => name === each.name)?.user ?? {})
    }
  }
  return choose(config, fields, paths)
}

async function readRaw(path: string): Promise<RawKubeconfig> {
  const text = await readFile(path, 'utf8').catch((cause) => {
    throw new Error(`cannot read the kubeconfig ${path}: set KUBECONFIG to a file that is there`, { cause })
  })
  const raw = (text.trim() === '' ? {} : (loadYaml<RawKubeconfig | null>(text) ?? {})) as RawKubeconfig
  for (const { user } of raw.users ?? []) {
    if (user?.tokenFile) user.tokenFile = resolve(dirname(path), user.tokenFile)
  }
  // KubeConfig refuses an http: URL (`kubectl proxy`) unless the entry says that there is no TLS to verify.
  for (const { cluster } of raw.clusters ?? [])
    if (String(cluster?.server).startsWith('http:')) cluster!['insecure-skip-tls-verify'] = true
  return raw
}

function parsed(raw: RawKubeconfig, path: string): KubeConfig {
  const config = new KubeConfig()
  try {
    config.loadFromString(JSON.stringify(raw))
  } catch (cause) {
    const what = (cause as Error).message
    const cure = what.endsWith('server is missing') ? 'add its URL' : 'correct this entry'
    throw new Error(`the kubeconfig ${path} is not valid: ${what}: ${cure}`, { cause })
  }
  config.makePathsAbsolute(dirname(resolve(path)))
  return config
}

function choose(config: KubeConfig, fields: Map<string, UserFields>, paths: string[]): Merged {
  const current = config.getContextObject(config.getCurrentContext())
  const context = current ?? missing('context', config.getCurrentContext(), config.contexts, paths)
  const cluster = config.getCluster(context.cluster) ?? missing('cluster', context.cluster, config.clusters, paths)
  if (!context.user) {
    config.addUser({ name: NOBODY })
    Object.assign(context, { user: NOBODY })
  }
  const user = config.getUser(context.user) ?? missing('user', context.user, config.users, paths)
  const chosen = fields.get(user.name) ?? {}
  if (chosen.exec) user.exec.env = environment(chosen.exec, cluster)
  return { config, cluster, user, namespace: context.namespace ?? 'default', fields: chosen }
}

function missing(what: string, name: string | undefined, all: readonly { name: string }[], paths: string[]): never {
  const names = all.map((each) => each.name).join(', ') || 'none'
  const cure = what === 'context' ? 'run "kubectl config use-context NAME"' : `correct the ${what} of the context`
  throw new Error(`${paths.join(', ')}: no ${what} named "${name ?? ''}" (there are: ${names}): ${cure}`)
}

function refuseUnsupported(cluster: Cluster, user: User): void {
  if (cluster.proxyUrl && !PROXY.test(cluster.proxyUrl))
    throw new Error(`"proxy-url" in the kubeconfig is "${cluster.proxyUrl}": use a URL with http, https or socks5`)
  // Undici would send the address as the server's name, which TLS forbids (RFC 6066 section 3).
  if (/^socks5:/.test(cluster.proxyUrl ?? '') && readAddress(hostOf(cluster.server)) && !cluster.tlsServerName)
    throw new Error(
      'a socks5 "proxy-url" in the kubeconfig needs a server with a name: set "tls-server-name" to a DNS name in its certificate',
    )
  if (user.authProvider && user.authProvider.name !== 'oidc')
    throw new Error('"auth-provider" in the kubeconfig is gone from Kubernetes since 1.26: use an exec plugin')
  if (user.username)
    throw new Error('"username" in the kubeconfig is gone from Kubernetes since 1.19: use a certificate or a token')
}

const hostOf = (server: string) => (URL.parse(server)?.hostname ?? '').replace(/^\[|\]$/g, '')

/** KUBERNETES_EXEC_INFO is part of the plugins' protocol, and KubeConfig leaves it out. */
function environment(plugin: ExecPlugin, cluster: Cluster): ExecPlugin['env'] {
  const described = {
    server: cluster.server,
    'tls-server-name': cluster.tlsServerName,
    'certificate-authority-data': cluster.caData,
    'insecure-skip-tls-verify': cluster.skipTLSVerify,
    'proxy-url': cluster.proxyUrl,
  }
  const spec = { interactive: false, cluster: plugin.provideClusterInfo ? described : undefined }
  const info = { apiVersion: plugin.apiVersion, kind: 'ExecCredential', spec }
  return [...(plugin.env ?? []), { name: 'KUBERNETES_EXEC_INFO', value: JSON.stringify(info) }]
}

/** https://kubernetes.io/docs/reference/access-authn-authz/authentication/#user-impersonation */
function impersonation(user: User, fields: UserFields): Headers {
  if (!user.impersonateUser) return {}
  const headers: Record<string, string | string[]> = { 'impersonate-user': user.impersonateUser }
  if (fields['as-uid']) headers['impersonate-uid'] = fields['as-uid']
  if (fields['as-groups']?.length) headers['impersonate-group'] = fields['as-groups']
  for (const [key, values] of Object.entries(fields['as-user-extra'] ?? {}))
    headers[`impersonate-extra-${encodeURIComponent(key.toLowerCase())}`] = values
  return headers
}

function credentialsOf(user: User, fields: UserFields, clock: Clock): Credentials {
  if (fields.tokenFile) return tokenFile(fields.tokenFile, clock)
  return user.token ? staticToken(user.token) : noCredentials
}

/**
 * What KubeConfig knows of the way: certificates, and the token of an exec plugin or of OIDC, which it renews when they expire.
 * It doesn't hear of a token that the server rejects, so then a new KubeConfig takes its place.
 */
function createPlugin(first: KubeConfig, again: () => Promise<KubeConfig>, exec: ExecPlugin, clock: Clock) {
  let config: KubeConfig | undefined = first
  let running: Promise<RequestOptions> | undefined
  let header: string | undefined
  let askedAt = -Infinity
  const ask = async () => {
    const options: RequestOptions = {}
    config ??= await again()
    await withinTime(clock, config.applyToHTTPSOptions(options)).catch((cause) => explain(cause, exec))
    return options
  }
  const options = () => (running ??= ask().finally(() => (running = undefined)))
  const credentials: Credentials = {
    async header() {
      if (header === undefined || clock.monotonic() - askedAt >= LOOK_AGAIN_MS) {
        const { headers } = await options()
        header = (headers as Record<string, string> | undefined)?.Authorization
        askedAt = clock.monotonic()
      }
      return header
    },
    renew() {
      config = undefined
      header = undefined
      return true
    },
  }
  return { options, credentials }
}

async function withinTime(clock: Clock, work: Promise<void>): Promise<void> {
  const done = new AbortController()
  const late = pause(clock, PLUGIN_TIMEOUT_MS, done.signal).then(() => {
    if (!done.signal.aborted) throw new Error(`no answer within ${PLUGIN_TIMEOUT_MS / 1000} s`)
  })
  await Promise.race([work, late]).finally(() => done.abort())
}

function explain(cause: NodeJS.ErrnoException, { command, installHint }: ExecPlugin): never {
  if (cause.code === 'ENOENT' && cause.syscall === 'open')
    throw new Error(`the kubeconfig names ${cause.path}, which cannot be read: correct the path or embed the data`, {
      cause,
    })
  if (!command) throw new Error(`the identity provider of the kubeconfig gave no token: log in again`, { cause })
  throw new Error(
    `the credential plugin ${command} failed: ${installHint ?? 'check users[].user.exec in the kubeconfig'}`,
    { cause },
  )
}

function tlsIn(options: RequestOptions): TlsMaterial {
  const text = (pem: unknown) => (pem ? String(pem) : undefined)
  return {
    ca: text(options.ca),
    cert: text(options.cert),
    key: text(options.key),
    serverName: (options as { servername?: string }).servername,
    insecure: options.rejectUnauthorized === false,
  }
}
