// @tier check  @seconds 92
import { expect } from 'chai'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { eventually } from '../harness/eventually.ts'
import * as zones from '../harness/three-zones.ts'

interface Configuration {
  metadata: { name: string }
  immutable?: boolean
  data: { 'bot.json': string }
}
interface BotPod extends zones.Pod {
  spec: zones.Pod['spec'] & { volumes: { name: string; configMap?: { name: string } }[] }
}

const NUMBER = zones.aNumber()

const saying = (text: string) => ({ inline: { steps: [{ name: 'fin', hangUp: { say: text } }] } })

describe('a new dialog of a bot', function () {
  this.timeout(300_000)
  let namespace: string
  let first: string
  const bot = (text: string, more: object = {}) => ({
    ...zones.aBot(namespace, 'parle', { dialog: saying(text), numbers: [NUMBER], ...more }),
  })
  const configurations = async () =>
    (
      await zones.kubeJson<{ items: Configuration[] }>(
        ...['get', 'configmaps', '-n', namespace, '-l', 'app.kubernetes.io/component=configuration'],
      )
    ).items
  const ofPods = async () =>
    ((await zones.podsIn(namespace)) as BotPod[])
      .filter(({ metadata }) => metadata.deletionTimestamp === undefined)
      .map(({ spec }) => spec.volumes.find(({ name }) => name === 'bot')?.configMap?.name)
  const status = async () => (await zones.botNamed(namespace, 'parle')).status!

  before(async function () {
    await zones.sharedOperatorServes()
    namespace = await zones.freshNamespace('dialog')
    await zones.applyManifests(bot('Au revoir.'))
    await zones.kube('wait', 'callbot', 'parle', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=120s')
    first = (await status()).configuration!.name
  })
  after(async () => {
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('is one immutable ConfigMap that all pods are made with', async () => {
    const [only, ...more] = await configurations()
    expect(more).to.deep.equal([])
    expect(only).to.deep.include({ immutable: true })
    expect(only!.metadata.name).to.equal(first)
    expect(JSON.parse(only!.data['bot.json']).dialog.steps[0].hangUp.say).to.equal('Au revoir.')
    expect(await ofPods()).to.deep.equal([first, first, first])
  })

  it('reaches all pods by a rollout in which as many take calls as before, and takes the old one with it', async () => {
    const began = performance.now()
    await zones.applyManifests(bot('Bonne soirée.'))
    let fewest = Infinity
    await eventually(async () => {
      const { readyReplicas = 0, configuration } = await status()
      fewest = Math.min(fewest, readyReplicas)
      expect(configuration).not.to.have.property('former')
      expect(configuration!.name).not.to.equal(first)
      expect(await ofPods()).to.deep.equal(Array(3).fill(configuration!.name))
    }, 180)
    const seconds = (performance.now() - began) / 1000
    printFigures('a new dialog', [
      ['to all pods', `${seconds.toFixed(1)} s`],
      ['fewest pods meanwhile', String(fewest)],
    ])
    writeEvidence('new-dialog', { seconds, fewest })
    expect(fewest).to.equal(3)
    const names = (await configurations()).map(({ metadata }) => metadata.name)
    expect(names).to.deep.equal([(await status()).configuration!.name])
  })

  it('is not rolled out by what pods do not need to know: a number, a replica more', async () => {
    const lives = await zones.lives(namespace)
    const { configuration } = await status()
    await zones.applyManifests(bot('Bonne soirée.', { capacity: { minReplicas: 4 } }))
    await eventually(async () => expect((await status()).readyReplicas).to.equal(4), 60)
    expect(await zones.lives(namespace)).to.include.members(lives)
    expect((await status()).configuration).to.deep.equal(configuration)
  })
})
