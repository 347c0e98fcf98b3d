// @programs operator voice  @seconds 58
// @guard test/integration/operator/failing-tests.test.ts
import { expect } from 'chai'
import { stringify } from 'yaml'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import * as zones from '../harness/three-zones.ts'

/** Calls that come in while the rollout stands still. */
const CALLS = 20
const NUMBER = zones.aNumber()

interface Event {
  reason: string
  regarding: { kind: string }
  series?: { count: number }
}

const asking = (goodbye: string) => ({
  steps: [
    { name: 'question', ask: { text: 'Alors ?', field: 'reponse', slot: { type: 'YesNo' as const } }, next: 'fin' },
    { name: 'fin', hangUp: { say: goodbye } },
  ],
})
const TESTS = [{ name: 'on-se-dit-au-revoir', turns: [{ says: 'oui', expect: ['au revoir'] }] }]

describe("a dialog that fails one of the bot's own tests", function () {
  this.timeout(300_000)
  let namespace: string
  let caller: PlainCaller
  let lives: string[]

  const map = (name: string, goodbye: string) => ({
    ...{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name, namespace } },
    data: { 'dialog.yaml': stringify(asking(goodbye)) },
  })
  const bot = (dialog: object) => zones.aBot(namespace, 'poli', { numbers: [NUMBER], dialog, tests: TESTS })
  const from = (name: string) => bot({ configMapRef: { name } })
  const status = async () => (await zones.botNamed(namespace, 'poli')).status!
  const conditionOf = async (type: string) =>
    (await status()).conditions?.find((condition) => condition.type === type) ?? {}
  const passes = () =>
    eventually(async () => expect(await conditionOf('TestsPassed')).to.include({ status: 'True' }), 120)

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.sharedOperatorServes()
    namespace = await zones.freshNamespace('tests')
    await zones.applyManifests(map('polite', 'Au revoir.'), map('rude', 'Salut.'), from('polite'))
    await zones.kube('wait', 'callbot', 'poli', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await passes()
    lives = await zones.lives(namespace)
    caller = await callerOf((await readyEdges())[0]!)
  })
  after(async () => {
    caller?.close()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('is refused at kubectl apply where it stands in the Callbot itself', async () => {
    const refused = await zones.applyManifests(bot({ inline: asking('Salut.') })).then(
      () => '',
      (error: Error) => error.message,
    )
    expect(refused).to.include(
      'spec.tests[0].turns[0].expect: test on-se-dit-au-revoir expects the bot says "au revoir"',
    )
  })

  it('stops the rollout where it comes from a ConfigMap, and the status says which test, at which turn, and why', async () => {
    const began = performance.now()
    await zones.applyManifests(from('rude'))
    await eventually(async () => expect(await conditionOf('Ready')).to.include({ reason: 'TestsFailed' }), 90)
    const seconds = (performance.now() - began) / 1000
    expect(await conditionOf('Stalled')).to.include({ status: 'True', reason: 'TestsFailed' })
    expect(await conditionOf('TestsPassed'))
      .to.have.property('message')
      .that.matches(
        /^test on-se-dit-au-revoir fails at turn 1: the bot does not say "au revoir"[.] The pods of the version before take the calls/,
      )
    printFigures("a dialog that fails the bot's own tests", [['shown after', `${seconds.toFixed(1)} s`]])
    writeEvidence('failing-tests', { seconds })
  })

  it('takes no call: those of before take them all, on the pods of before', async () => {
    for (let call = 0; call < CALLS; call++) {
      const attempt = caller.invite(NUMBER)
      expect((await attempt.final(15)).status, `call ${call}`).to.equal(200)
      attempt.within('ACK')
      attempt.within('BYE')
    }
    expect((await status()).readyReplicas).to.equal(3)
    expect(await zones.lives(namespace), 'no pod of before was replaced').to.include.members(lives)
  })

  it('is reported by one event', async () => {
    const { items } = await zones.kubeJson<{ items: Event[] }>('get', 'events.events.k8s.io', '-n', namespace)
    const reports = items.filter(({ reason, regarding }) => reason === 'TestsFailed' && regarding.kind === 'Callbot')
    expect(reports).to.have.lengthOf(1)
    expect(reports[0]!.series, 'not reported again').to.equal(undefined)
  })

  it('gives way to one that passes, with as many pods taking calls all the while', async () => {
    await zones.applyManifests(map('polite-too', 'Merci et au revoir.'), from('polite-too'))
    let fewest = Infinity
    await eventually(async () => {
      const { readyReplicas = 0, configuration } = await status()
      fewest = Math.min(fewest, readyReplicas)
      expect(configuration).not.to.have.property('former')
    }, 180)
    await passes()
    expect(fewest).to.equal(3)
  })
})
