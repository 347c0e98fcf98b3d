import { ownWords } from '../runtime/log-fields.ts'
import { dirname } from 'node:path'
import { pino } from 'pino'
import { createGate } from '../kube/access-review.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { loadClusterConfig } from '../kube/load-cluster-config.ts'
import { endOnSignal } from '../runtime/shutdown.ts'
import { createClient } from '../kube/client.ts'
import { createTransport } from '../kube/transport.ts'
import { bracketed, isLoopback, readAddress, readCidr } from '../lib/ip-address.ts'
import type { Log } from '../runtime/log.ts'
import { readIdentity, pollIdentity, type Identity } from '../pki/identity.ts'
import { createProxyRpc } from '../telephony/proxy-rpc.ts'
import { createRelayRpc } from '../telephony/relay-rpc.ts'
import { createAgent, type ClusterState } from './agent.ts'
import { createFiles } from './apply/proxy-files.ts'
import { createLeases } from './apply/drill-leases.ts'
import { writeRelayFiles, type RelayFiles } from './apply/relay-files.ts'
import { createProxy } from './apply/proxy-control.ts'
import { readEdgeConfig, type EdgeConfig } from './config.ts'
import { startHttpServers } from './http-servers.ts'
import { startAgentLoop } from './agent-loop.ts'
import { createEdgeMetrics, type EdgeMetrics } from './metrics.ts'
import { LOOK_EVERY_MS, mountedCertificates, type MountedCertificates } from './mounted-certificates.ts'
import { createCaches, type Caches } from './observe/caches.ts'
import type { Followed } from './observe/key-poller.ts'
import { followNames, type FollowedNames } from './observe/trunk-dns.ts'
import { commonRouteKey } from './observe/route-key.ts'
import { readSecrets } from './observe/client-secrets.ts'
import { secretsOf } from './plan/trunk-credentials.ts'
import type { SecretRead } from './plan/secret-values.ts'
import { DEFAULT_EGRESS } from '../rules/egress.ts'
import type { SeenByGuard } from './render/guard-rules.ts'
import { CONTROL_PORT, LOOPBACK } from './render/relay.ts'
import type { TlsProfiles } from './render/tls-profiles.ts'
import { relayStatistics } from './report/relay-statistics.ts'

const RPC_TIMEOUT_MS = 2_000

/** Runs beside the proxy until it is stopped. Nothing ends it otherwise, and the proxy does without it. */
export async function run(env: NodeJS.ProcessEnv): Promise<void> {
  const config = readEdgeConfig(env)
  const log = pino({ level: config.logLevel, base: { program: 'edge-agent', pod: config.podName } })
  const metrics = createEdgeMetrics()
  const rpc = createProxyRpc({ socket: config.socket, clock: systemClock, timeoutMs: RPC_TIMEOUT_MS })
  const proxy = createProxy(rpc, log, metrics.reloaded)
  const routeKey = await commonRouteKey(config.insideFolder, { clock: systemClock, log })
  const mounted = await mountedCertificates(config, { clock: systemClock, log, metrics })
  const agent = createAgent({
    files: createFiles(config.folder, dirname(config.socket), routeKey),
    proxy,
    tls: () => tlsProfiles(config, mounted),
    onLoaded: mounted.loaded,
    ...{ log, clock: systemClock, mostLines: config.trunkLines },
    isOnLoopback: isLoopback(readAddress(config.podIp) ?? []),
    onRefused: metrics.refused,
    onTableRefused: metrics.tablesRefused,
  })
  metrics.watch(proxy, agent)
  if (config.relay !== undefined) watchRelay(metrics)
  const transport = await openTransport(env, metrics, log)
  const stopping = new AbortController()
  const loop = startAgentLoop({ agent, log, clock: systemClock, signal: stopping.signal })
  const caches = createCaches({ transport, log, namespace: config.namespace, onChange: loop.wake })
  const gate = createGate({ transport, log, clock: systemClock })
  const leases = createLeases({ proxy, clock: systemClock, log, tables: agent.trunks })
  const kube = createClient({ transport, fieldManager: 'callbot-edge' })
  const relayFiles = writeRelayFiles({ config, kube, clock: systemClock, log, signal: stopping.signal })
  const servers = await startHttpServers({ config, agent, proxy, leases, relayFiles, registry: metrics.registry, gate })
  const unwatch = await pollInside(config, log, (identity) => {
    agent.certificatesChanged()
    loop.wake()
    servers.renew(identity)
  })
  pollMounted(mounted, loop.wake, stopping.signal)
  endOnSignal({
    log,
    steps: [
      {
        name: 'close the servers',
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
    ...{ kube, clock: systemClock, signal: stopping.signal },
    ...{ account: `${config.namespace}/callbot-edge`, onChange: loop.wake },
  })
  // Trunks must not be out of the tables for the moment that it takes to read their Secrets.
  await secrets.follow(caches.trunks().flatMap(secretsOf))
  loop.follow(() => tellGuard(relayFiles, look(caches, names, secrets, config.podIp)))
}

function tellGuard(relayFiles: RelayFiles, seen: ClusterState): ClusterState {
  relayFiles.follow(seenByGuard(seen))
  return seen
}

const seenByGuard = ({ egress = DEFAULT_EGRESS, slices, testCallers }: ClusterState): SeenByGuard => ({
  ...{ egress, testCallers },
  pods: [...slices].flatMap(({ endpoints }) => endpoints.map(({ address }) => address)).sort(),
})

function watchRelay(metrics: EdgeMetrics): void {
  const relay = createRelayRpc({ address: LOOPBACK, port: CONTROL_PORT, clock: systemClock, timeoutMs: RPC_TIMEOUT_MS })
  metrics.watchRelay(async () => relayStatistics(await relay.ask({ command: 'statistics' })))
}

const openTransport = async (env: NodeJS.ProcessEnv, metrics: EdgeMetrics, log: Log) =>
  createTransport({
    config: await loadClusterConfig(env),
    userAgent: 'callbot-edge',
    onRequest: metrics.request,
    onWarning: (text) => log.warn({ text: ownWords(text) }, 'the API server warns'),
  })

function look(caches: Caches, names: FollowedNames, secrets: Followed<SecretRead>, podIp: string): ClusterState {
  const [trunks, grants] = [caches.trunks(), caches.grants()]
  const hosts = trunks.flatMap(({ integration: { namespace }, trunks: some }) =>
    some.map(({ host }) => ({ namespace, host })),
  )
  const granted = (grants ?? []).flatMap(({ address: host, namespaces: [namespace = ''] }) =>
    readCidr(host) ? [] : [{ namespace, host }],
  )
  void names.follow([...hosts, ...granted])
  void secrets.follow(trunks.flatMap(secretsOf))
  const zone = caches.zoneOf(podIp)
  const facts = { addresses: names.values(), secrets: secrets.values(), testCallers: caches.testCallers(), zone }
  return { routes: caches.routes(), trunks, grants, egress: caches.egress(), slices: [...caches.slices()], ...facts }
}

function pollMounted(mounted: MountedCertificates, onChange: () => void, signal: AbortSignal): void {
  const look = async () => {
    if (await mounted.look()) onChange()
    if (!signal.aborted) systemClock.after(LOOK_EVERY_MS, () => void look())
  }
  systemClock.after(LOOK_EVERY_MS, () => void look())
}

function tlsProfiles(config: EdgeConfig, mounted: MountedCertificates): TlsProfiles {
  const { podIp, insidePort, insideFolder, cipherSuites } = config
  const inside = `${bracketed(podIp)}:${insidePort}`
  return { inside, insideFolder, ...mounted.files(), cipherSuites }
}

/** Reports each change of the certificate that pods and scrapers see, which the operator renews. */
const pollInside = async ({ insideFolder: folder }: EdgeConfig, log: Log, onChange: (identity: Identity) => void) =>
  pollIdentity({
    ...{ folder, current: await readIdentity(folder) },
    ...{ clock: systemClock, everyMs: LOOK_EVERY_MS, log, onChange },
  })
