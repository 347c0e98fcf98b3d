/** Two policies of `make demo` side by side: what is kept of the calls of a bot for 30 days, and of one that delivers and keeps nothing. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { answered } from './calls/baresip.ts'
import { startCaller } from './calls/conversation.ts'
import { edgeUri, readyEdges } from './calls/edges.ts'
import { applyObjects, kubectl } from './chart.ts'
import { kubeconfigPath } from './cluster/faults.ts'
import { say, step } from './cluster/progress.ts'
import { pause, until } from './cluster/shell.ts'
import { renderTable } from './cluster/table.ts'
import { startReceiver, type Delivered } from './demo-delivery.ts'

/** Of the chart: PostgreSQL of a demonstration needs no volume. */
export const recordsValues = { records: { enabled: true, postgres: { storage: { ephemeral: true } } } }

const NUMBER = '+33199000002'
const TYPED = '0465712839'
const STORED_SECONDS = 90
const DELIVERED_SECONDS = 60
/** The second bot and its policy. */
const CALL_BACK = 'rappel'

export interface StoredRecords {
  policy: string
  records: number
}

const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])

/** It asks for a number to call back, delivers it, and forgets it with the call. */
const theOtherBot = (namespace: string) => ({
  ...{ apiVersion: 'callbots.dev/v1alpha1', kind: 'Callbot', metadata: { name: CALL_BACK, namespace } },
  spec: {
    ...{ numbers: [NUMBER], language: 'fr-FR', integrationRefs: [{ name: 'cabinet' }] },
    fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
    retentionPolicyRef: { name: CALL_BACK },
    capacity: { minReplicas: 3, maxReplicas: 3, callsPerPod: 5 },
    dialog: {
      inline: {
        steps: [
          {
            name: 'telephone',
            ask: {
              ...{ text: 'À quel numéro pouvons-nous vous rappeler ?', field: 'telephone', slot: { type: 'Phone' } },
              ...{ keys: 'Only', confirm: 'Never' },
            },
            next: 'fin',
          },
          { name: 'fin', hangUp: { say: 'Merci. Nous vous rappelons. Au revoir.' } },
        ],
      },
    },
  },
})

/** @throws when the call does not end as the conversation flow says, is not delivered, or a record of it is kept */
export async function showRecords(namespace: string): Promise<{ stored: StoredRecords[]; delivered: Delivered }> {
  const receiver = await startReceiver()
  try {
    await applyObjects(kubeconfigPath(), [...receiver.manifests(namespace, CALL_BACK), theOtherBot(namespace)])
    await step('a second bot, which delivers its calls and keeps nothing, is Ready', () => secondBotReady(namespace))
    await step(`somebody phones it and types a number`, phoneIt)
    const delivered = await receiver.delivered(DELIVERED_SECONDS)
    const rows = Object.entries({ ...delivered, signature: 'verified by the package standardwebhooks' })
    console.log(
      `\nWhat the client's web service got of that call:\n${renderTable(
        ['WHAT', 'VALUE'],
        rows.map(([what, value]) => [what, `${value}`]),
      )}`,
    )
    return { stored: await showStored(namespace), delivered }
  } finally {
    receiver.close()
  }
}

/** Pods of `records` are replaced when a delivery changes. */
async function secondBotReady(namespace: string): Promise<void> {
  await kube('wait', 'callbot', CALL_BACK, '-n', namespace, '--for=condition=Ready', '--timeout=180s')
  await kube('rollout', 'status', 'statefulset/callbot-records', '-n', namespace, '--timeout=180s')
  await kube('wait', 'retentionpolicy', CALL_BACK, '-n', namespace, '--for=condition=Delivered', '--timeout=180s')
}

async function showStored(namespace: string): Promise<StoredRecords[]> {
  let stored: StoredRecords[] = []
  await until('records of the first bot to be stored', STORED_SECONDS, async () => {
    stored = await storedRecords(namespace)
    return stored.some(({ records }) => records > 0)
  })
  const policies = await kube('get', 'retentionpolicies', '-n', namespace)
  console.log(`\n$ kubectl get retentionpolicies -n ${namespace}\n${policies}`)
  const rows = stored.map(({ policy, records }) => [policy, `${records}`])
  console.log(`What the store has of their calls:\n${renderTable(['POLICY', 'RECORDS'], rows)}\n`)
  const kept = stored.find(({ policy }) => policy === CALL_BACK)
  if (kept === undefined || kept.records > 0) throw new Error('something of a call was kept whose policy says 0 days')
  return stored
}

async function phoneIt(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-records-'))
  const caller = await startCaller({ folder, edges: await readyEdges() })
  try {
    await caller.dial(edgeUri(NUMBER))
    await answered(caller, 15)
    await until('the bot to ask', 40, () => {
      const { soundSeconds, soundEnded = 0, seconds } = caller.heard()
      return soundSeconds > 1 && seconds - soundEnded > 0.8
    })
    await caller.press(TYPED)
    const outcome = await Promise.race([caller.outcome, pause(40_000)])
    if (outcome === undefined || outcome.ended !== 'ByBot')
      throw new Error(`the call did not go as the conversation flow says: ${outcome?.ended ?? 'it goes on'}`)
    say(`the bot hangs up; its caller typed a number`)
  } finally {
    await caller.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** As the status of the policies has it. */
async function storedRecords(namespace: string): Promise<StoredRecords[]> {
  const of = ['trente-jours', CALL_BACK].map(async (policy) => {
    const stored = await kube('get', 'retentionpolicy', policy, '-n', namespace, '-o', 'jsonpath={.status.stored}')
    return { policy, records: Number(stored) }
  })
  return Promise.all(of)
}
