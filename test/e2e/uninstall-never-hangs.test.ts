// @programs operator  @seconds 188
// @guard test/integration/chart/fence-outlives-uninstall.test.ts
// @guard test/integration/operator/withdraw-route.test.ts
import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { kubectl, operatorNamespace, release } from '../../hack/chart.ts'
import { auditLogPath, kubeconfigPath } from '../../hack/cluster/faults.ts'
import { operatorUser, repo } from '../../hack/cluster/settings.ts'
import { pause, until } from '../../hack/cluster/shell.ts'
import { formOfRun } from '../../hack/form.ts'
import { installChart, uninstallChart, waitReady } from '../../hack/install.ts'
import { itWhole } from '../harness/extent.ts'

const NOT_OF_BOTS = 'leases events tokenreviews subjectaccessreviews validatingwebhookconfigurations'.split(' ')
const kinds = ['callbots', 'integrations', 'retentionpolicies', 'failoverdrills'].map((name) => `${name}.callbots.dev`)
const samples = join(repo, 'config', 'samples')
/** Where the samples live. Other tests' bots may still be on their way out elsewhere. */
const home = 'cabinet-des-lilas'
const ofBots = ['-n', home, '-l', 'app.kubernetes.io/name=callbot']
/** An uninstall that takes longer hangs, as far as the person in front of it can tell. Milliseconds. */
const patience = 30_000

const kube = (...args: string[]) => kubectl(['--kubeconfig', kubeconfigPath(), ...args])
const atHome = (...args: string[]) => kube('-n', operatorNamespace, ...args)

interface Pod {
  metadata: { namespace: string; name: string; uid: string; deletionTimestamp?: string }
  status: { conditions?: { type: string; status: string }[]; containerStatuses?: { restartCount: number }[] }
}

async function botPods(): Promise<Pod[]> {
  return (JSON.parse(await kube('get', 'pods', ...ofBots, '-o', 'json')) as { items: Pod[] }).items
}

/** One line for each pod that takes calls: it changes when the pod is replaced, restarted, or no longer ready. */
async function answering(): Promise<string[]> {
  const ready = (pod: Pod) => pod.status.conditions?.some(({ type, status }) => type === 'Ready' && status === 'True')
  return (await botPods())
    .filter((pod) => ready(pod) && pod.metadata.deletionTimestamp === undefined)
    .map((pod) => `${pod.metadata.uid} restarted ${pod.status.containerStatuses?.[0]?.restartCount ?? 0} times`)
    .sort()
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const begun = performance.now()
  await work()
  return performance.now() - begun
}

/** Everything is as a customer has it: operator ready, the sample bots serve. */
async function serve(): Promise<void> {
  await installChart()
  await waitReady()
  await kube('apply', '--server-side', '-f', samples)
  await kube('wait', 'callbots', '--all', '-n', home, '--for=condition=PodsAvailable', '--timeout=120s')
}

const noOperator = () => atHome('get', 'pods', '-l', 'app.kubernetes.io/component=operator', '-o', 'name')

/** Two ways in which an operator is dead. */
const deaths: Record<string, () => Promise<void>> = {
  async 'scaled to nothing'() {
    await atHome('scale', `deployment/${release}`, '--replicas=0')
    await until('the operator to end', 60, async () => (await noOperator()) === '')
  },
  async 'its image is missing'() {
    // First to nothing: a rollout would keep the old pods, and recreate them, as long as the new ones don't start.
    await deaths['scaled to nothing']!()
    await installChart({
      values: { image: { repository: 'localhost/no-such-image', pullPolicy: 'Never' } },
      wait: false,
    })
    const readyReplicas = () => atHome('get', `deployment/${release}`, '-o', 'jsonpath={.status.readyReplicas}')
    await until('no operator to be ready', 60, async () => ['', '0'].includes(await readyReplicas()))
  },
}

const uninstall = () => uninstallChart({ timeoutSeconds: patience / 1000 })
const deleteKinds = () => kube('delete', 'crd', ...kinds, `--timeout=${patience / 1000}s`)
const orders = {
  'helm uninstall, then kubectl delete crd': [uninstall, deleteKinds],
  'kubectl delete crd, then helm uninstall': [deleteKinds, uninstall],
}

describe('an uninstall never hangs', function () {
  this.timeout(400_000)

  // In short one death and one order: the worst, since a missing image lets nobody scale the operator back.
  const isWhole = formOfRun() === 'whole'
  for (const [death, die] of Object.entries(deaths).slice(isWhole ? 0 : -1)) {
    for (const [order, [first, second]] of Object.entries(orders).slice(isWhole ? 0 : -1)) {
      it(`when the operator is dead (${death}): ${order}`, async () => {
        await serve()
        await die()
        expect(await timed(first!)).to.be.lessThan(patience)
        expect(await timed(second!)).to.be.lessThan(patience)
        await until('the bots to be collected by Kubernetes', 90, async () => (await botPods()).length === 0)
        expect(await kube('get', 'deploy,svc,netpol,pdb,secrets', ...ofBots, '-o', 'name')).to.equal('')
      })
    }
  }

  itWhole('and a namespace of bots is deleted as well, without an operator', async () => {
    await serve()
    await deaths['scaled to nothing']!()
    expect(await timed(() => kube('delete', 'namespace', home, '--timeout=90s'))).to.be.lessThan(90_000)
  })
})

describe('an uninstall cuts no call', function () {
  this.timeout(400_000)
  let before: string[]

  it('leaves every bot answering', async () => {
    await serve()
    // There is no speech server here, and all of the bots' pods have found out: nothing is news after that.
    await kube('wait', 'callbots', '--all', '-n', home, '--for=condition=SpeechReady=False', '--timeout=90s')
    await pause(15_000)
    before = await answering()
    expect(before).to.not.be.empty
    await uninstall()
    // Longer than any probe or lease could need to notice.
    await pause(15_000)
    expect(await answering()).to.deep.equal(before)
  })

  it('and the next install takes them up as they are', async () => {
    const since = auditLines().length
    await installChart()
    await waitReady()
    await kube('wait', 'callbots', '--all', '-n', home, '--for=condition=PodsAvailable', '--timeout=60s')
    await pause(10_000)
    expect(await answering()).to.deep.equal(before)
    expect(writesOfTheOperator(auditLines().slice(since)).join(', '), 'what the operator wrote').to.equal('')
  })

  it('and routes of bots that went while there was no operator are collected by the next one', async () => {
    await serve()
    await deaths['scaled to nothing']!()
    await kube('delete', 'callbots', '--all', '-n', home, '--timeout=30s')
    const routes = () => atHome('get', 'configmaps', '-l', 'app.kubernetes.io/component=route', '-o', 'name')
    expect(await routes()).to.not.equal('')
    await installChart()
    await waitReady()
    await until('no route to be left', 30, async () => (await routes()) === '')
  })
})

interface AuditEvent {
  verb: string
  stage: string
  user: { username: string }
  objectRef?: { resource: string; subresource?: string; namespace?: string; name?: string }
  responseStatus?: { code: number }
}

function auditLines(): string[] {
  if (!existsSync(auditLogPath()))
    throw new Error(`no audit log at ${auditLogPath()}: this test needs the local cluster`)
  return readFileSync(auditLogPath(), 'utf8').trimEnd().split('\n')
}

/** Edges go with the chart and come back one by one: the status of an Integration counts how many of them see its trunks. */
const isCountOfEdges = ({ resource, subresource }: { resource: string; subresource?: string }) =>
  resource === 'integrations' && subresource === 'status'

/**
 * What the operator wrote beside its lease, its events and the CA of its webhook (which helm recreates without): for bots that are
 * as specified, nothing.
 */
function writesOfTheOperator(lines: readonly string[]): string[] {
  return lines
    .filter((line) => line.includes(operatorUser))
    .map((line) => JSON.parse(line) as AuditEvent)
    .filter(({ stage, user }) => stage === 'ResponseComplete' && user.username === operatorUser)
    .filter(({ verb }) => ['create', 'patch', 'update', 'delete'].includes(verb))
    .filter(({ objectRef }) => !NOT_OF_BOTS.includes(objectRef!.resource) && !isCountOfEdges(objectRef!))
    .map(({ verb, objectRef: at }) => `${verb} ${at!.resource}/${at!.subresource ?? ''} ${at!.namespace}/${at!.name}`)
}
