/** A client with two telephone systems that we didn't write, Asterisk 22, on this machine, and a bot that puts callers through to them. */
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { startAsterisk, type AsteriskOptions, type Peer } from '../../bench/voice/asterisk.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { containersOf } from '../../hack/cluster/containers.ts'
import { host } from '../../hack/cluster/settings.ts'
import { pause, tryRun } from '../../hack/cluster/shell.ts'
import type { FailoverDrillStatus } from '../../src/api/failover-drill.ts'
import type { DrillState } from '../../src/api/failover-drill-status.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { readyEdges } from './edges.ts'
import { eventually } from './eventually.ts'
import { brokenLaws } from './status-laws.ts'
import * as zones from './three-zones.ts'

const PORTS = { paris: 16_080, lyon: 16_090 }
const STATES: readonly DrillState[] = ['Pending', 'Baseline', 'Injected', 'Detected', 'Holding', 'Restoring']
export type System = keyof typeof PORTS
/** The test number of the telephone systems, and one at which a prompt is played: no tone comes back from there. */
export const [ECHO, PROMPT] = ['4000', '4001']
/** Where callers are put through. */
export const AGENTS = '+33144444444'

/** Agents who don't answer: they are refused with 503, it rings for long, or not a word comes. */
const MISCHIEF = ['refuse', 'ring', 'wait'] as const
export type Agents = (typeof MISCHIEF)[number] | 'answer'

/** A call as a telephone system has recorded it. */
export interface RecordedCall {
  to: string
  /** Epoch milliseconds, in whole seconds of the system's own clock, which no fault sets. */
  began: number
  disposition: string
  /** UID of a drill, as the test call named it; empty: none. */
  drill: string
}

interface Drill {
  metadata: { uid: string; generation: number }
  status?: FailoverDrillStatus
}

interface Reported {
  regarding: { name?: string }
  note?: string
  series?: { count: number }
}

type DrillStage = Awaited<ReturnType<typeof setDrillStage>>

/** Files that still want the stage: the last of them takes it down. */
let users = 0
let shared: Promise<DrillStage> | undefined

/** One stage for all files of drills in a run, set by the first. */
export function useDrillStage(): () => DrillStage {
  let stage: DrillStage | undefined
  users++
  before('two telephone systems, and a bot', async function () {
    this.timeout(420_000)
    zones.needsLocalCluster(this)
    shared ??= setDrillStage()
    stage = await shared
    await stage.routeIsWell()
  })
  after('the last takes the stage down', async () => {
    if (--users === 0) await (await shared?.catch(() => undefined))?.stop()
  })
  return () => stage!
}

/** Takes a minute: the chart, two telephone systems, an Integration `clinic`, and three pods of a bot. */
async function setDrillStage() {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-drill-'))
  const number = zones.aNumber()
  await zones.operatorServes()
  const namespace = await zones.freshNamespace('drill')
  const systems = {
    paris: await telephoneSystem(folder, 'paris', number),
    lyon: await telephoneSystem(folder, 'lyon', number),
  }
  await zones.applyManifests(integration(namespace, 'clinic'))
  const steps = [{ name: 'desk', transfer: { integration: 'clinic', to: AGENTS } }]
  const integrationRefs = [{ name: 'pbx' }, { name: 'clinic' }]
  const more = { numbers: [number], dialog: { inline: { steps } }, integrationRefs, capacity: { callsPerPod: 60 } }
  await zones.applyManifests(zones.aBot(namespace, 'desk', more))
  await zones.kube('wait', 'callbot', 'desk', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
  await zones.settledPods(namespace)
  const drills = drillsIn(namespace)
  const stage = {
    ...{ namespace, number, folder },
    ...drills,
    /** Begins one that holds for long, and waits until it has come as far as that. Resolves with the watch on its fault. */
    async beginUntil(
      name: string,
      state: DrillState,
      { watched = FAULT, ...spec }: { watched?: RegExp } & object = {},
    ) {
      const fault = await watchFault(watched)
      const holdSeconds = STATES.indexOf(state) > STATES.indexOf('Holding') ? 5 : 120
      await drills.begin(name, { holdSeconds, ...spec })
      await drills.isIn(name, state)
      return fault
    },
    /** Real calls go to the primary, and every edge finds both up. */
    routeIsWell: (seconds = 60, backup = 'Up') =>
      eventually(async () => {
        const { status } = await zones.kubeJson<{ status?: IntegrationStatus }>(
          ...['get', 'integration', 'clinic', '-n', namespace],
        )
        expect(status?.sipRoute).to.equal('Primary/paris')
        const parts = status?.sip?.parts?.map(({ name, state, seenBy }) => `${name} ${state} ${seenBy}`)
        expect(parts).to.have.members(['paris Up 3', `lyon ${backup} 3`])
      }, seconds),
    /** Every call that this telephone system has finished. */
    recorded: (system: System) => readRecords(join(folder, system, 'data', 'cdr-csv', 'Master.csv')),
    async restart(system: System, tls?: AsteriskOptions['tls']) {
      await systems[system].stop()
      systems[system] = await telephoneSystem(folder, system, number, tls)
    },
    kill: (system: System) => systems[system].stop(),
    /** It stands still, and its connections stay. */
    freeze: (system: System) => void process.kill(systems[system].pid, 'SIGSTOP'),
    thaw: (system: System) => void process.kill(systems[system].pid, 'SIGCONT'),
    /** What callers find there who are put through; test numbers answer all the while. */
    agents(system: System, what: Agents): void {
      for (const each of MISCHIEF) rmSync(switchFile(folder, system, each), { force: true })
      if (what !== 'answer') writeFileSync(switchFile(folder, system, what), '')
    },
    /** Changes its trunk in the Integration, from what it was at first. */
    trunk: (system: System, change: object) =>
      zones.applyManifests(integration(namespace, 'clinic', {}, { [system]: change })),
    async stop() {
      await Promise.all(Object.values(systems).map((system) => system.stop()))
      rmSync(folder, { recursive: true, force: true })
      await zones.removeNamespace(namespace)
    },
  }
  await stage.routeIsWell()
  return stage
}

const switchFile = (folder: string, system: System, what: Agents) => join(folder, `${system}-agents-${what}`)

const telephoneSystem = (folder: string, name: System, bot: string, tls?: AsteriskOptions['tls']): Promise<Peer> => {
  const marked = 'Set(CDR(userfield)=${PJSIP_HEADER(read,X-Callbot-Test)})'
  return startAsterisk({
    ...{ folder: join(folder, name), address: host.address, port: PORTS[name], prompt: Buffer.alloc(8_000, 0x2a) },
    numbers: [
      ...[`exten => ${ECHO},1,${marked}`, ' same => n,Answer()', ' same => n,Echo()'],
      ...[
        `exten => ${AGENTS},1,${marked}`,
        ...MISCHIEF.map((what) => ` same => n,GotoIf($[\${STAT(e,${switchFile(folder, name, what)})}]?${what})`),
        ' same => n,Answer()',
        ' same => n(again),Playback(PROMPT)',
        ' same => n,Goto(again)',
        ' same => n(refuse),Hangup(34)',
        ' same => n(ring),Ringing()',
        ' same => n(wait),Wait(120)',
      ],
    ].map((line) => line.replace('PROMPT', join(folder, name, 'prompt'))),
    ...(tls && { tls }),
    callers: { [bot]: ['allow=alaw'] },
    modules: ['app_echo', 'func_cdr', 'func_env', 'res_pjsip_header_funcs', 'cdr_csv'],
    files: {
      'cdr.conf': '[general]\nenable=yes\nunanswered=yes\ncongestion=yes\n[csv]\nusegmtime=yes\nloguserfield=yes\n',
    },
  })
}

/** @param sip laid over the rest of `spec.sip` @param changes laid over each trunk */
export const integration = (
  namespace: string,
  name: string,
  sip: object = {},
  changes: Partial<Record<System, object>> = {},
) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Integration', metadata: { name, namespace } },
  spec: {
    criticality: 'High',
    sip: {
      trunks: (['paris', 'lyon'] as const).map((trunk) => ({
        ...{ name: trunk, role: trunk === 'paris' ? 'Primary' : 'Backup', transport: 'TCP', srtp: 'Disabled' },
        address: { host: host.address, port: PORTS[trunk] },
        capacity: { maxCalls: 1_000, callsPerSecond: 100 },
        ...changes[trunk],
      })),
      callerNumber: 'Bot',
      failover: { failback: { holdSeconds: 2 } },
      testCall: { to: ECHO },
      ...sip,
    },
  },
})

/** As a person has them, by kubectl. @param of laid over each spec: what they drill */
export function drillsIn(namespace: string, of: object = { integrationRef: { name: 'clinic' }, side: 'SIP' }) {
  const get = (name: string) => zones.kubeJson<Drill>('get', 'failoverdrill', name, '-n', namespace)
  const merge = (kind: string, name: string, where: string, patch: object) =>
    zones.kube('patch', kind, name, '-n', where, '--type=merge', '-p', JSON.stringify(patch))
  return {
    get,
    begin: (name: string, spec: object = {}) =>
      zones.applyManifests({
        ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'FailoverDrill', metadata: { name, namespace } },
        spec: {
          ...{ ...of, scenario: 'Blackhole', mode: 'Synthetic' },
          ...{ holdSeconds: 5, ...spec },
        },
      }),
    /** It has come as far as that, and has not ended. */
    isIn: (name: string, state: DrillState, seconds = 90) =>
      eventually(async () => {
        const { state: now, verdict, because } = (await get(name)).status ?? {}
        expect(verdict, because).to.equal(undefined)
        expect(STATES.indexOf(now ?? 'Pending'), now).to.be.at.least(STATES.indexOf(state))
      }, seconds),
    /** Its last status, which keeps the laws of one. */
    async end(name: string, seconds = 180): Promise<FailoverDrillStatus> {
      await eventually(async () => expect((await get(name)).status?.verdict).to.be.a('string'), seconds)
      const ended = await get(name)
      expect(brokenLaws(ended)).to.deep.equal([])
      return ended.status!
    },
    /** How often the end of one was reported. */
    async results(name: string): Promise<number> {
      const { items } = await zones.kubeJson<{ items: Reported[] }>('get', 'events.events.k8s.io', '-n', namespace)
      const ends = items.filter(({ regarding, note }) => regarding.name === name && /^[A-Z][a-z]+: /.test(note ?? ''))
      return ends.reduce((sum, { series }) => sum + (series?.count ?? 1), 0)
    },
    abort: (name: string) => merge('failoverdrill', name, namespace, { spec: { desiredState: 'Abort' } }),
    /** The kill switch of the installation. */
    stopAll: (isOn: boolean) =>
      merge('configmap', 'callbot-drills', operatorNamespace, { data: { stop: String(isOn) } }),
    row: async (name: string) => (await zones.kube('get', 'failoverdrill', name, '-n', namespace)).trim(),
  }
}

/** Sees the simulated fault Blackhole in the proxies themselves, a few times a second, without an API server. @param watched what else counts as one */
export async function watchFault(watched = FAULT) {
  const edges = (await readyEdges()).map(({ pod }) => pod)
  const look = async (pod: string): Promise<boolean> => {
    const proxy = containersOf(operatorNamespace, pod).find(({ name }) => name === 'kamailio')
    if (proxy === undefined) return false
    const args = ['-t', String(proxy.pid), '-m', '-n', 'kamcmd', '-s', 'unixs:/run/callbot-edge/ctl.sock']
    const { stdout } = await tryRun('nsenter', [...args, 'htable.dump', 'lease'])
    return watched.test(stdout)
  }
  const count = async () => (await Promise.all(edges.map(look))).filter(Boolean).length
  return {
    /** Edges that simulate it now. */
    count,
    /** Seconds from now on until a look finds no edge that simulates it. @throws when that look begins after this time: what it finds is late */
    async secondsUntilGone(within: number): Promise<number> {
      const from = performance.now()
      const seconds = () => (performance.now() - from) / 1_000
      for (;;) {
        const began = seconds()
        const left = await count()
        if (began > within)
          throw new Error(`an edge may have simulated the fault for ${began.toFixed(1)} s, not ${within}`)
        if (left === 0) return seconds()
        await pause(50)
      }
    },
  }
}

/** As drills here simulate it. The one that leaves the primary out, to try the backup before, is Disconnect. */
const FAULT = /fault=Blackhole/
/** Whatever a drill has of an edge, with a fault or without. */
export const LEASE = /;fault=/

/** Asterisk's CSV: each field in quotes. Fields 2, 9 and 14 are the number that was dialled, when it was, and the disposition, the last one is the user field. */
function readRecords(file: string): RecordedCall[] {
  if (!existsSync(file)) return []
  const rows = readFileSync(file, 'utf8').split('\n').filter(Boolean)
  return rows.map((row) => {
    const fields = row.split(',').map((field) => field.replaceAll('"', ''))
    const [to = '', start = '', disposition = ''] = [fields[2], fields[9], fields[14]]
    return { to, began: Date.parse(`${start}Z`), disposition, drill: fields.at(-1) ?? '' }
  })
}
