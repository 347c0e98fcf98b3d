import { dirname, join } from 'node:path'
import { pino } from 'pino'
import { createGate } from '../kube/access-review.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { loadClusterConfig } from '../kube/load-cluster-config.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { createClient } from '../kube/client.ts'
import { createTransport } from '../kube/transport.ts'
import { readCidr } from '../lib/ip-address.ts'
import type { Log } from '../runtime/log.ts'
import { readIdentity, pollIdentity, type Identity } from '../pki/identity.ts'
import { createProxyRpc } from '../telephony/proxy-rpc.ts'
import { createAgent, type ClusterState } from './agent.ts'
import { createFiles } from './apply/proxy-files.ts'
import { createCallerCache } from './apply/caller-cache.ts'
import { createProxy } from './apply/proxy-control.ts'
import { followCallers, type Callers } from './callers.ts'
import { readEdgeConfig, type EdgeConfig } from './config.ts'
import { startHttpServers } from './http-servers.ts'
import { startAgentLoop } from './agent-loop.ts'
import { createEdgeMetrics, type EdgeMetrics } from './metrics.ts'
import { createCaches, type Caches } from './observe/caches.ts'
import type { Followed } from './observe/key-poller.ts'
import { readMounted } from './observe/mounted-files.ts'
import { followNames } from './observe/trunk-dns.ts'
import { readSecrets } from './observe/client-secrets.ts'
import { secretsOf } from './plan/trunk-credentials.ts'
import type { SecretRead } from './plan/secret-values.ts'
import type { TlsProfiles } from './render/tls-profiles.ts'

const RPC_TIMEOUT_MS = 2_000
/** How often the mounted certificates are looked at. */
const LOOK_EVERY_MS = 2_000

/** Runs beside the proxy until it is told to end. Nothing ends it otherwise, and the proxy does without it. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readEdgeConfig(env)
  const log = pino({ level: config.logLevel, base: { program: 'edge-agent', pod: config.podName } })
  const metrics = createEdgeMetrics()
  const rpc = createProxyRpc({ socket: config.socket, clock: systemClock, timeoutMs: RPC_TIMEOUT_MS })
  const proxy = createProxy(rpc, log, metrics.reloaded)
  const callers = await callersOf(config, log, metrics)
  const agent = createAgent({
    files: createFiles(config.folder, dirname(config.socket)),
    proxy,
    tls: () => tlsProfiles(config, callers),
    onTlsLoaded: (text) => callers?.tlsLoaded(text),
    log,
    clock: systemClock,
    mostLines: config.trunkLines,
    onRefused: metrics.refused,
  })
  metrics.watch(proxy, agent.wanted)
  const transport = await createTransport({
    config: await loadClusterConfig(env),
    userAgent: 'callbot-edge',
    onRequest: metrics.request,
    onWarning: (text) => log.warn({ text }, 'the API server warns'),
  })
  const stopping = new AbortController()
  const loop = startAgentLoop({ agent, log, clock: systemClock, signal: stopping.signal })
  const caches = createCaches({ transport, log, namespace: config.namespace, onChange: loop.wake })
  const gate = createGate({ transport, log, clock: systemClock })
  const servers = await startHttpServers({ config, agent, proxy, registry: metrics.registry, gate })
  const unwatch = await pollCertificates(config, log, (identity) => {
    agent.certificatesChanged()
    loop.wake()
    if (identity !== undefined) servers.renew(identity)
  })
  pollCallers(callers, loop.wake, stopping.signal)
  endOnSignal({
    log,
    steps: [
      {
        name: 'close the doors',
        run: async () => {
          stopping.abort()
          unwatch()
          await Promise.all([servers.close(), transport.close()])
        },
        deadlineSeconds: 2,
      },
    ],
  })
  for (const informer of caches.all) informer.start(stopping.signal)
  await Promise.all(caches.all.map((informer) => informer.synced()))
  const names = followNames({ log, clock: systemClock, signal: stopping.signal, onChange: loop.wake })
  const secrets = readSecrets({
    ...{ kube: createClient({ transport, fieldManager: 'callbot-edge' }), clock: systemClock, signal: stopping.signal },
    ...{ account: `${config.namespace}/callbot-edge`, onChange: loop.wake },
  })
  // Trunks must not be out of the tables for the moment that it takes to read their Secrets.
  await secrets.follow(caches.trunks().flatMap(secretsOf))
  loop.follow(() => look(caches, names, secrets, config.podIp))
}

function look(caches: Caches, names: Followed<string>, secrets: Followed<SecretRead>, podIp: string): ClusterState {
  const [trunks, grants] = [caches.trunks(), caches.grants()]
  const hosts = trunks.flatMap((group) => group.trunks.map(({ host }) => host))
  void names.follow([...hosts, ...(grants ?? []).map(({ address }) => address).filter((address) => !readCidr(address))])
  void secrets.follow(trunks.flatMap(secretsOf))
  const zone = caches.zoneOf(podIp)
  const facts = { addresses: names.values(), secrets: secrets.values(), zone }
  return { routes: caches.routes(), trunks, grants, slices: caches.slices(), ...facts }
}

function callersOf(config: EdgeConfig, log: Log, metrics: EdgeMetrics): Promise<Callers> | undefined {
  const { callersFolder: folder, socket } = config
  if (folder === undefined) return undefined
  const cache = createCallerCache(join(dirname(socket), 'callers'))
  return followCallers({ cache, read: () => readMounted(folder), clock: systemClock, log, onDecided: metrics.callers })
}

function pollCallers(callers: Callers | undefined, onChange: () => void, signal: AbortSignal): void {
  if (callers === undefined) return
  const look = async () => {
    if (await callers.look()) onChange()
    if (!signal.aborted) systemClock.after(LOOK_EVERY_MS, () => void look())
  }
  systemClock.after(LOOK_EVERY_MS, () => void look())
}

function tlsProfiles({ podIp, insidePort, ...config }: EdgeConfig, callers: Callers | undefined): TlsProfiles {
  const inside = `${podIp.includes(':') ? `[${podIp}]` : podIp}:${insidePort}`
  const { insideFolder, outsideFolder, cipherSuites } = config
  return { inside, insideFolder, outsideFolder, callers: callers?.files(), cipherSuites }
}

/** Tells of each change of a certificate; of the inside one with what it is now. */
async function pollCertificates(config: EdgeConfig, log: Log, tell: (inside?: Identity) => void): Promise<() => void> {
  const watch = async (folder: string, onChange: (identity: Identity) => void) =>
    pollIdentity({
      folder,
      current: await readIdentity(folder),
      clock: systemClock,
      everyMs: LOOK_EVERY_MS,
      log,
      onChange,
    })
  const ends = [await watch(config.insideFolder, tell)]
  if (config.outsideFolder !== config.insideFolder) ends.push(await watch(config.outsideFolder, () => tell()))
  return () => ends.forEach((end) => end())
}
