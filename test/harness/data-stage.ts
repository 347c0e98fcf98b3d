/** Two bots whose calls are kept, one for seconds and one for a month, and the chart's PostgreSQL on a volume that can be full. */
import { expect } from 'chai'
import { operatorNamespace } from '../../hack/chart.ts'
import { installChart, talkingValues, waitReady } from '../../hack/install.ts'
import type { RetentionPolicyInput, RetentionPolicyStatus } from '../../src/api/retention-policy.ts'
import { gatherCallers, type Callers } from './callers.ts'
import { eventually } from './eventually.ts'
import { makeLocalVolume } from './local-volume.ts'
import { rowsIn, storeOf } from './store-pods.ts'
import { longReading } from './long-reading.ts'
import * as zones from './three-zones.ts'

/** For how long the policy `brief` keeps records, in seconds. */
export const BRIEF_SECONDS = 20
const CLASSES = ['CallMetadata', 'CallerNumber'] as const
const DATABASE = 'callbot-postgres'
/** Tables, and the WAL at its least. */
const VOLUME_MIB = 320
/** The least: a new generation seals half a minute after it was made. */
const TURN_SECONDS = 600
/** Callers listen through all faults of a proof. */
const READING_SECONDS = 320

export type PolicyName = 'brief' | 'month'

interface Policy {
  metadata: { generation: number }
  status?: RetentionPolicyStatus
}

type DataStage = Awaited<ReturnType<typeof setDataStage>>

/** Files that still want the stage: the last of them takes it down. */
let users = 0
let shared: Promise<DataStage> | undefined

/** One stage for all files about stored data in a run, set by the first. */
export function useDataStage(): () => DataStage {
  let stage: DataStage | undefined
  users++
  before('bots whose calls are kept', async function () {
    this.timeout(600_000)
    zones.needsLocalCluster(this)
    shared ??= setDataStage()
    stage = await shared
  })
  after('the last takes the stage down', async function () {
    this.timeout(120_000)
    if (--users === 0) await (await shared?.catch(() => undefined))?.stop()
  })
  return () => stage!
}

const rulesOf = (seconds: number) => CLASSES.map((each) => ({ class: each, seconds }))

async function setDataStage() {
  await removeDatabase() // of a stage that was not taken down
  const volume = await makeLocalVolume('callbot-data', VOLUME_MIB)
  const storage = { className: volume.className, size: `${VOLUME_MIB}Mi` }
  await installChart({
    values: {
      ...talkingValues,
      records: { enabled: true, postgres: { storage }, rootKeys: { turnSeconds: TURN_SECONDS } },
    },
    timeoutSeconds: 420,
  })
  await waitReady()
  const namespace = await zones.freshNamespace('data')
  const policy = (name: PolicyName, seconds: number) => ({
    ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'RetentionPolicy', metadata: { name, namespace } },
    spec: { rules: rulesOf(seconds) },
  })
  await zones.applyManifests(policy('brief', BRIEF_SECONDS), policy('month', 30 * 86_400))
  const capacity = { minReplicas: 3, maxReplicas: 3, callsPerPod: 20 }
  const of = (name: PolicyName) => ({ retentionPolicyRef: { name }, capacity })
  const numbers = { brief: zones.aNumber(), month: zones.aNumber() }
  await zones.applyManifests(
    zones.aBot(namespace, 'passage', { ...of('brief'), numbers: [numbers.brief] }),
    zones.aBot(namespace, 'lecture', {
      ...of('month'),
      numbers: [numbers.month],
      dialog: longReading(READING_SECONDS),
    }),
  )
  const policyOf = (name: PolicyName) => zones.kubeJson<Policy>('get', 'retentionpolicy', name, '-n', namespace)
  const status = async (name: PolicyName) => (await policyOf(name)).status
  const condition = async (name: PolicyName, type = 'Ready') =>
    (await status(name))?.conditions?.find((each) => each.type === type)
  const sweepPod = async () =>
    (
      await zones.kube('get', 'pods', '-n', operatorNamespace, '-l', 'app.kubernetes.io/component=sweep', '-o', 'name')
    ).trim()
  /** What the store can read for the namespace, and what sweep sees. */
  const tenant = storeOf(namespace)
  const sweep = async () => ({ namespace: operatorNamespace, pod: await sweepPod(), role: 'callbot_sweep' })
  const untilReady = (name: PolicyName, seconds = 180) =>
    eventually(async () => expect(await condition(name)).to.include({ status: 'True' }), seconds)
  await Promise.all([untilReady('brief'), untilReady('month')])
  await zones.settledPods(namespace)
  const available = ['--for=condition=PodsAvailable', '--timeout=180s']
  await zones.kube('wait', 'callbots', '--all', '-n', namespace, ...available)
  await zones.untilPublished(numbers.brief, numbers.month)
  const callers: Callers = await gatherCallers()
  return {
    ...{ namespace, numbers, volume, callers, tenant, sweep, policyOf, status, condition, untilReady },
    /** What the store gets for the namespace. */
    ask: <T>(sql: string) => answerOf<T>(rowsIn(tenant, sql)),
    /** Calls of which the namespace can read something. */
    async readable(policyName: PolicyName): Promise<string[]> {
      const sql = `SELECT DISTINCT r.call FROM callbot.records r JOIN callbot.buckets b ON b.id = r.bucket WHERE b.policy = '${policyName}'`
      return (await answerOf<{ call: string }>(rowsIn(tenant, sql))).map(({ call }) => call)
    },
    /** Keys of a policy that are there. */
    async keys(policyName: PolicyName): Promise<number> {
      const sql = `SELECT id FROM callbot.buckets WHERE tenant = '${namespace}' AND policy = '${policyName}'`
      return (await answerOf(rowsIn(await sweep(), sql))).length
    },
    async change(policyName: PolicyName, spec: Partial<RetentionPolicyInput['spec']>): Promise<void> {
      const patch = ['--type=merge', '-p', JSON.stringify({ spec })]
      await zones.kube('patch', 'retentionpolicy', policyName, '-n', namespace, ...patch)
    },
    /** Has the operator turn root keys now: what it wrote down says that they are old. */
    turnRootKeys: () =>
      zones.kube(
        ...['annotate', 'statefulset', 'callbot-records', '-n', namespace, '--overwrite'],
        'callbots.dev/root-keys=a 1 Stable',
      ),
    rootKeys: async () =>
      (
        await zones.kubeJson<{ items: { metadata: { name: string } }[] }>(
          ...['get', 'secrets', '-n', namespace, '--field-selector', 'type=callbots.dev/root-keys'],
        )
      ).items,
    /** The kubelet brings root keys now. */
    hurryRecords: () =>
      zones.kube(
        ...['annotate', 'pods', '-n', namespace, '-l', 'app.kubernetes.io/component=records', '--overwrite'],
        `test/now=${Date.now()}`,
      ),
    /** The kubelet brings what has changed to sweep now: by itself it looks about once a minute. */
    hurrySweep: async () =>
      zones.kube('annotate', '-n', operatorNamespace, await sweepPod(), `test/now=${Date.now()}`, '--overwrite'),
    /** How many databases run. Resolves when that is so. */
    async scaleDatabase(replicas: 0 | 1): Promise<void> {
      await zones.kube('scale', `statefulset/${DATABASE}`, '-n', operatorNamespace, `--replicas=${replicas}`)
      if (replicas === 0)
        await zones.kube('wait', `pod/${DATABASE}-0`, '-n', operatorNamespace, '--for=delete', '--timeout=60s')
    },
    async stop() {
      volume.relieve()
      await callers.end()
      await zones.removeNamespace(namespace)
      await removeDatabase()
      await volume.remove()
    },
  }
}

/** Its volume goes with its claim. Sweep's pod, which makes the tables, goes too: who installs the chart next may have a new database. */
async function removeDatabase(): Promise<void> {
  await zones.kube('delete', 'deployment', 'callbot-sweep', '-n', operatorNamespace, '--ignore-not-found')
  await zones.kube('delete', 'statefulset', DATABASE, '-n', operatorNamespace, '--ignore-not-found')
  await zones.kube('delete', 'pvc', `data-${DATABASE}-0`, '-n', operatorNamespace, '--ignore-not-found')
}

async function answerOf<T>(asked: Promise<T[] | { code: string }>): Promise<T[]> {
  const answer = await asked
  if ('code' in answer) throw new Error(`the database refused it: ${answer.code}`)
  return answer
}
