/**
 * `make demo`: from nothing to a bot that answers in three zones; two people phone it in French; what is kept of their calls is counted, beside those
 * of a bot that delivers them and keeps nothing; the dashboard's figures are printed; a drill tries the backup; then a client's telephone
 * system dies and comes back, and the cable of one zone is lifted and put back. Leaves the cluster running for a look around.
 */
import { globSync } from 'node:fs'
import { kubectl } from './chart.ts'
import { applyClient } from './client/apply.ts'
import { cutZone, healZone, kubeconfigPath } from './cluster/faults.ts'
import { checkCurrent, printHowToPush } from './cluster/current.ts'
import { say, step } from './cluster/progress.ts'
import { cachesNow, ready } from './cluster/ready.ts'
import { usesCurrentCluster } from './cluster/settings.ts'
import { until } from './cluster/shell.ts'
import type { Conversation } from './calls/conversation.ts'
import { voiceRows } from './calls/voice-judge.ts'
import { placeCalls } from './demo-calls.ts'
import { scrapedValues, startMonitoring, type Monitoring } from './demo-dashboard.ts'
import { DRILL_SAMPLE, runDrill } from './demo-drill.ts'
import { askForAPerson, type Transfer } from './demo-transfers.ts'
import { recordsValues, showRecords } from './demo-records.ts'
import { printFigures, writeEvidence } from './evidence.ts'
import { MAKE_DEMO } from './figures/demo.ts'
import { installChart, talkingValues, waitReady } from './install.ts'

/** All but the drill, which is run when everything answers. */
const samples = () =>
  globSync('config/samples/*.yaml')
    .sort()
    .filter((file) => file !== DRILL_SAMPLE)
const NAMESPACE = 'cabinet-des-lilas'
const BOT = 'rendez-vous'
const INTEGRATION = 'cabinet'
const LOST_ZONE = 'zone-b'
let monitoring: Monitoring | undefined

const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])
const showBots = async () => console.log(`\n$ kubectl get callbots -A\n${await kube('get', 'callbots', '-A')}`)
const showIntegrations = async () =>
  console.log(`\n$ kubectl get integrations -A\n${await kube('get', 'integrations', '-A')}`)

/** Seconds that the work took. */
async function timed(title: string, work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await step(title, work)
  return Math.round((performance.now() - begun) / 100) / 10
}

const column = (field: string) =>
  kube('get', 'callbot', BOT, '-n', NAMESPACE, '-o', `jsonpath={.status.${field}}`).catch(() => '')

const route = (field: 'sipRoute' | 'httpRoute') =>
  kube('get', 'integration', INTEGRATION, '-n', NAMESPACE, '-o', `jsonpath={.status.${field}}`)

async function loseAZone(figures: Record<string, number>): Promise<void> {
  say(`lifting the cable of ${LOST_ZONE} ...`)
  figures.zoneLossSeenSeconds = await timed('kubectl says that a zone is lost', async () => {
    await cutZone(LOST_ZONE)
    await until('the status to show the lost zone', 30, async () => (await column('zonesReady')) === '2/3')
  })
  await showBots()
  figures.zoneBackSeconds = await timed(`${LOST_ZONE} is back`, async () => {
    await healZone(LOST_ZONE)
    await until('the zone to be back', 90, async () => (await column('ready')) === '3/3')
  })
}

/**
 * The client's primary trunk dies and comes back: the edges go by the backup, and return when the primary has proved itself. Each time
 * somebody calls who wants a person, and gets one.
 */
async function loseATrunk(figures: Record<string, number>): Promise<Transfer[]> {
  const transfers: Transfer[] = []
  const scale = (replicas: number) =>
    kube('scale', 'deployment', 'pbx-paris', '-n', 'client-pbx', `--replicas=${replicas}`)
  const goesBy = (wanted: string, seconds: number) =>
    until(`calls to go by ${wanted}`, seconds, async () => (await route('sipRoute')) === wanted)
  const transferBy = async (place: string) => {
    if (usesCurrentCluster) return
    const transfer = await askForAPerson()
    transfers.push(transfer)
    say(`a caller who wants a person hears ${transfer.answeredBy} after ${transfer.seconds} s`)
    if (transfer.answeredBy !== place) throw new Error(`the caller should have been put through to ${place}`)
  }
  await goesBy('Primary/paris', 60)
  await transferBy('paris')
  figures.trunkLossSeenSeconds = await timed("the client's primary trunk dies: calls go by the backup", async () => {
    await scale(0)
    await goesBy('Backup/lyon', 30)
  })
  await showIntegrations()
  await transferBy('lyon')
  figures.trunkBackSeconds = await timed('it is back, and has proved itself', async () => {
    await scale(1)
    await goesBy('Primary/paris', 120)
  })
  await showIntegrations()
  await transferBy('paris')
  return transfers
}

/** Calls pass the pods' own addresses, which are routed from this machine in the local cluster only. */
async function talk(figures: Record<string, number>): Promise<Conversation[]> {
  let conversations: Conversation[] = []
  figures.callsSeconds = await timed(`two people phone ${BOT}`, async () => {
    conversations = await placeCalls({ namespace: NAMESPACE, name: BOT }, showBots)
  })
  for (const { caller, outcome, suite, turns, voice } of conversations) {
    const heard = turns.filter((turn) => turn.heard !== undefined).length
    printFigures(`what ${caller} was due, and heard`, voiceRows(voice))
    say(
      `${caller}: ${turns.length} turns, ${heard} by voice, over TLS and ${suite}; baresip says ${outcome.ended}, the bot says ${turns.at(-1)?.ended}`,
    )
  }
  await until('kubectl to show that the calls are over', 20, async () => (await column('calls')) === '0')
  await showBots()
  return conversations
}

/** Until the samples are Ready, and the systems of their client answer. */
async function setUp(figures: Record<string, number>): Promise<void> {
  if (usesCurrentCluster) {
    await checkCurrent()
    await printHowToPush()
  } else {
    figures.clusterSeconds = await timed('a Kubernetes of three zones, with the images', ready)
  }
  figures.chartSeconds = await timed('the chart', async () => {
    await installChart({
      values: { ...talkingValues, ...(usesCurrentCluster ? {} : { ...recordsValues, ...scrapedValues }) },
      timeoutSeconds: 420,
    })
    await waitReady()
  })
  figures.samplesToReadySeconds = await timed('the samples are Ready', async () => {
    await kube('apply', '--server-side', ...samples().flatMap((file) => ['-f', file]))
    await applyClient(kubeconfigPath(), NAMESPACE)
    await kube('wait', 'callbot', BOT, '-n', NAMESPACE, '--for=condition=Ready', '--timeout=120s')
    // Applied again with a change, the bot rolls: the pods that talk are to be those that are listened to.
    await kube('rollout', 'status', `deployment/${BOT}`, '-n', NAMESPACE, '--timeout=180s')
    // New certificates reach running pods within a minute and a half.
    await until(
      'the web service of the client to answer',
      180,
      async () => (await route('httpRoute')) === 'Primary/paris',
    )
  })
}

async function main(): Promise<void> {
  const figures: Record<string, number> = {}
  const begun = performance.now()
  const caches = cachesNow()
  await setUp(figures)
  await showBots()
  if (!usesCurrentCluster)
    await step('Prometheus scrapes edges and operator', async () => {
      monitoring = await startMonitoring()
    })
  const conversations = usesCurrentCluster ? [] : await talk(figures)
  await until(
    'the telephone system of the client to answer',
    120,
    async () => (await route('sipRoute')) === 'Primary/paris',
  )
  let records: Awaited<ReturnType<typeof showRecords>> | undefined
  if (!usesCurrentCluster)
    figures.recordsSeconds = await timed('what is kept of calls', async () => {
      records = await showRecords(NAMESPACE)
    })
  const dashboard = await monitoring?.show()
  let drill: Awaited<ReturnType<typeof runDrill>> | undefined
  figures.drillSeconds = await timed('a drill: its primary looks dead to test calls', async () => {
    drill = await runDrill(NAMESPACE)
  })
  const transfers = await loseATrunk(figures)
  if (!usesCurrentCluster) await loseAZone(figures)
  figures.wholeSeconds = Math.round((performance.now() - begun) / 100) / 10
  printFigures(
    'make demo',
    Object.entries(figures).map(([what, seconds]) => [what, `${seconds}`] as const),
  )
  if (!usesCurrentCluster) writeEvidence(MAKE_DEMO[caches].name, figures, { form: 'whole' })
  say(`figures: ${writeEvidence('demo', { ...figures, conversations, records, dashboard, drill, transfers })}`)
  await showBots()
  const farewell = usesCurrentCluster ? 'make uninstall removes the chart' : 'make cluster-down removes it all'
  console.log(`Look around: export KUBECONFIG=${kubeconfigPath()}; ${farewell}.`)
}

try {
  await main()
} catch (error) {
  console.error(`make demo failed: ${error instanceof Error ? error.message : String(error)}`)
  process.exitCode = 1
} finally {
  await monitoring?.stop()
  if (!usesCurrentCluster) await healZone(LOST_ZONE).catch(() => undefined)
}
