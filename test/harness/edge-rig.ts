/**
 * A real edge on loopback addresses, without a cluster: Kamailio of Debian 13 with exactly the text that the chart gives it, and
 * the edge agent's own code beside it. What the API server would tell, the test tells.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseAllDocuments } from 'yaml'
import { renderChart } from '../../hack/chart.ts'
import { unpackKamailio } from '../../hack/calls/debian.ts'
import { createAgent, type Agent, type ClusterState } from '../../src/edge/agent.ts'
import { createFiles } from '../../src/edge/apply/proxy-files.ts'
import { createLeases, type Leases } from '../../src/edge/apply/drill-leases.ts'
import { createProxy, type Part, type Proxy } from '../../src/edge/apply/proxy-control.ts'
import type { MediaPorts } from '../../src/edge/render/relay.ts'
import { stateReader } from '../../src/edge/http-servers.ts'
import { mountedCertificates } from '../../src/edge/mounted-certificates.ts'
import { systemClock } from '../../src/runtime/system-clock.ts'
import { silent } from '../../src/runtime/log.ts'
import type { EdgeState } from '../../src/rules/edge-state.ts'
import { createProxyRpc, type ProxyRpc } from '../../src/telephony/proxy-rpc.ts'
import { startRelay, type Relay } from './relay.ts'
import { createAuthority, type Authority, type Issued } from './authority.ts'
import { eventually } from './eventually.ts'

export const EDGE_NAME = 'callbot-edge.callbot-system.svc'

export interface EdgeRig {
  address: string
  /** Where everything lies: the proxy's control socket, ctl.sock, and its tables. */
  folder: string
  /** Our own; pods and the edge have their certificates of it. */
  authority: Authority
  /** Where the edge's own identity lies. */
  ownFolder: string
  agent: Agent
  proxy: Proxy
  rpc: ProxyRpc
  /** Of drills, by an agent of a name of its own. */
  leases: Leases
  /** What the operator gets at GET /state. */
  told(): Promise<EdgeState>
  /** Where each identity lies: tls.crt, tls.key, ca.crt. */
  identityFolder(name: string, dnsNames: string[], by?: Authority): string
  /** Tables whose newest text the proxy does not run, since it refuses it. */
  refusedTables(): readonly Part[]
  /** Runs one cycle of the agent; undefined: the API server is away. */
  publish(seen: ClusterState | undefined): Promise<void>
  /** The agent dies and another one finds what it left. */
  replaceAgent(): Promise<void>
  /** The Secret with the edge's own certificate, or with the authorities of callers, has these keys from now on, and the agent has seen it. */
  mount(what: 'own' | 'callers', keys: Record<string, string>): Promise<void>
  /** Why that Secret is refused, if it is. */
  refusal(what: 'own' | 'callers'): string | undefined
  startProxy(): Promise<void>
  /** SIGKILL. */
  stopProxy(): Promise<void>
  /** All that the proxy said. */
  said(): string
  /** PIDs of its processes. */
  proxies(): number[]
  /** Of the rig with a public address. */
  relay: Relay | undefined
  stop(): Promise<void>
}

export interface EdgeRigOptions {
  /** On loopback; another one for each rig that runs at the same time. */
  address: string
  /** Values of the chart, as for `--set`. */
  values?: string[]
  /** Ask callers for a certificate of this authority. */
  clientCa?: Pick<Authority, 'cert'>
  /** As edge.tls.secretName of the chart: callers see this one. Without: the same as pods. */
  ownCertificate?: Issued
  /** As edge.tls.cipherSuites of the chart. */
  cipherSuites?: 'AEAD' | 'AEADAndCBC'
  /** The address at which callers reach it: with a media relay beside the proxy. The rig's own, or one that only shows in messages. */
  publicAddress?: string
  /** Of the relay, towards callers. Default: 200. */
  mediaPorts?: MediaPorts
  /** Whose pods it serves. Default: its own. */
  authority?: Authority
  /** As all edges of an installation have the same. Default: one of its own. */
  routeKey?: string
  /** Libraries that the proxy is started with, before its own. */
  preload?: string
  /** Of the proxy alone. */
  env?: Record<string, string>
}

/** Starts it without routes. Plain UDP and TCP are open outside, so that any SIP client can call. */
export async function startEdgeRig(o: EdgeRigOptions): Promise<EdgeRig> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-edge-'))
  const authority = o.authority ?? createAuthority('rig')
  const identityFolder = (name: string, dnsNames: string[], by = authority) => {
    const path = join(folder, 'tls', name)
    const { cert, key } = by.issue(dnsNames)
    mkdirSync(path, { recursive: true })
    for (const [file, text] of Object.entries({ 'tls.crt': cert, 'tls.key': key, 'ca.crt': authority.cert }))
      writeFileSync(join(path, file), text)
    return path
  }
  const own = identityFolder('edge', [EDGE_NAME])
  const mounts = { own: join(folder, 'mounted-own'), callers: join(folder, 'mounted-callers') }
  const mount = (what: keyof typeof mounts, keys: Record<string, string>) => {
    rmSync(mounts[what], { recursive: true, force: true })
    mkdirSync(mounts[what])
    for (const [key, text] of Object.entries(keys)) writeFileSync(join(mounts[what], key), text)
  }
  if (o.clientCa) mount('callers', { 'ca.crt': o.clientCa.cert })
  if (o.ownCertificate) mount('own', { 'tls.crt': o.ownCertificate.cert, 'tls.key': o.ownCertificate.key })
  const config = join(folder, 'kamailio.cfg')
  writeFileSync(
    config,
    await chartText(folder, o.address, [
      ...(o.clientCa ? ['edge.tls.clientCaSecretName=callers'] : []),
      ...(o.publicAddress ? ['edge.media.mode=Relay'] : []),
      ...(o.values ?? []),
    ]),
  )
  const relay = o.publicAddress && (await startRelay(folder, o.address, o.publicAddress, o.mediaPorts))
  const rpc = createProxyRpc({ socket: join(folder, 'ctl.sock'), clock: systemClock, timeoutMs: 2_000 })
  const proxy = createProxy(rpc, silent, () => {})
  const refusals: Partial<Record<keyof typeof mounts, string | undefined>> = {}
  const newMounted = () =>
    mountedCertificates(
      {
        ...{ insideFolder: own, socket: join(folder, 'ctl.sock') },
        outsideFolder: o.ownCertificate && mounts.own,
        callersFolder: o.clientCa && mounts.callers,
      },
      {
        ...{ clock: systemClock, log: silent },
        metrics: {
          callers: ({ because }) => void (refusals.callers = because),
          certificate: ({ because }) => void (refusals.own = because),
        },
      },
    )
  let mounted = await newMounted()
  const tls = () => ({
    ...{ inside: `${o.address}:5071`, insideFolder: own, ...mounted.files() },
    cipherSuites: o.cipherSuites ?? ('AEAD' as const),
  })
  let refusedTables: readonly Part[] = []
  const newAgent = () =>
    createAgent({
      files: createFiles(folder, folder, o.routeKey),
      proxy,
      tls,
      log: silent,
      clock: systemClock,
      mostLines: 16,
      isOnLoopback: true,
      onRefused: () => {},
      onTableRefused: (parts) => (refusedTables = parts),
      onLoaded: (text) => mounted.loaded(text),
    })
  const kamailio = await proxyProcess(config, o.address, folder, o)
  let last: ClusterState | undefined
  const leases = createLeases({
    ...{ proxy, clock: systemClock, log: silent },
    tables: () => rig.agent.trunks(),
  })
  const rig = {
    address: o.address,
    folder,
    authority,
    ownFolder: own,
    agent: newAgent(),
    proxy,
    rpc,
    leases,
    told: () => stateReader(rig.agent, proxy, leases)(),
    identityFolder,
    publish: (seen: ClusterState | undefined) => rig.agent.cycle((last = seen)),
    async replaceAgent() {
      mounted = await newMounted()
      rig.agent = newAgent()
    },
    async mount(what: 'own' | 'callers', keys: Record<string, string>) {
      mount(what, keys)
      if (await mounted.look()) await rig.publish(last)
    },
    refusal: (what: 'own' | 'callers') => refusals[what],
    refusedTables: () => refusedTables,
    startProxy: async () => {
      kamailio.start()
      await eventually(async () => {
        if ((await proxy.epoch()) === undefined) throw new Error(`the proxy does not run: ${kamailio.said()}`)
      }, 20)
    },
    stopProxy: kamailio.stop,
    said: kamailio.said,
    proxies: kamailio.proxies,
    relay: relay || undefined,
    stop: async () => {
      await kamailio.stop()
      if (relay) await relay.close()
      rmSync(folder, { recursive: true, force: true })
    },
  }
  await rig.publish({
    routes: [],
    trunks: [],
    addresses: new Map(),
    secrets: new Map(),
    grants: [],
    egress: undefined,
    slices: [],
    testCallers: [],
    zone: 'zone-a',
  })
  await rig.startProxy()
  return rig
}

/** The text of the chart's ConfigMap, with the folders of the rig, and the only loopback address that is its own, in place of a pod's. */
async function chartText(folder: string, loopback: string, values: readonly string[]): Promise<string> {
  const rendered = await renderChart(
    [],
    ['edge.listen.udp=true', 'edge.listen.tcp=true', 'edge.callers=Anyone', ...values],
  )
  const all = parseAllDocuments(rendered).map((document) => document.toJS() as { kind?: string; data?: object } | null)
  const found = all.find((each) => each?.kind === 'ConfigMap' && each.data && 'kamailio.cfg' in each.data)
  const text = (found?.data as { 'kamailio.cfg': string })['kamailio.cfg']
  return text
    .replace('!/run/callbot-edge!', `!${folder}!`)
    .replace('"/run/callbot-edge/', `"${folder}/`)
    .replace('!/var/lib/callbot-edge!', `!${folder}!`)
    .replace('!127.0.0.1!', `!${loopback}!`)
}

/** A Kamailio with that configuration, for `start`; `said` is all that it wrote. */
export async function proxyProcess(
  config: string,
  address: string,
  folder: string,
  { preload, env = {} }: Pick<EdgeRigOptions, 'preload' | 'env'> = {},
) {
  const debian = await unpackKamailio()
  const [command, ...args] = debian.program('usr/sbin/kamailio')
  const library = join(debian.root, 'usr/lib/x86_64-linux-gnu')
  args[1] = `${library}:${join(library, 'kamailio')}` // Kamailio's own libraries are one folder down
  if (preload !== undefined) args.unshift('--preload', preload)
  let child: ChildProcess | undefined
  let output = ''
  return {
    said: () => output,
    proxies: () => (child?.pid === undefined ? [] : descendants(child.pid)),
    start() {
      const flags = [
        '-DD',
        '-E',
        '-f',
        config,
        '-L',
        join(library, 'kamailio', 'modules'),
        '-Y',
        folder,
        '-m',
        '96',
        '-x',
        'fm',
        '-M',
        '8',
      ]
      // A PID namespace of its own: all of Kamailio's processes die with the first, and that one with us, whatever ends us.
      const tied = ['--pdeathsig', 'KILL', 'unshare', '--pid', '--kill-child=KILL', command!]
      child = spawn('setpriv', [...tied, ...args, ...flags], {
        env: { ...process.env, POD_IP: address, ...env },
        stdio: 'pipe',
      })
      for (const stream of [child.stdout, child.stderr]) stream!.on('data', (chunk) => (output += String(chunk)))
    },
    async stop() {
      if (!child || child.exitCode !== null || child.signalCode !== null) return
      const ended = new Promise((resolve) => child!.once('close', resolve))
      child.kill('SIGKILL')
      await ended
    },
  }
}

/** PIDs of a process, and of all that it has started. */
function descendants(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ').filter(Boolean).map(Number)
  return [pid, ...children.flatMap(descendants)]
}
