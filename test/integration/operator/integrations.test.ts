// @seconds 38
import { expect } from 'chai'
import type { CallbotStatus } from '../../../src/api/callbot.ts'
import type { IntegrationStatus } from '../../../src/api/integration.ts'
import { CALLBOTS, INTEGRATIONS } from '../../../src/api/kinds.ts'
import { kubectl, operatorNamespace } from '../../../hack/chart.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import type { Manifest } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { HEALTH_PORT } from '../../../src/operator/render/manifest.ts'
import { parseTrunks, type TrunkGroup } from '../../../src/rules/trunks.ts'
import { CLIENT, PODS, useStage } from '../../harness/crash-stage.ts'
import { eventually } from '../../harness/eventually.ts'
import { aBot } from '../../harness/three-zones.ts'
import { serveState, startFakeEdge, type FakeEdge } from '../../harness/fake-edge.ts'
import { loopback } from '../../harness/loopback.ts'

const trunk = (name: string, role: string) => ({ name, role, address: { host: `${name}.pbx.test` } })
const integration = (name: string, ...trunks: object[]) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Integration',
  metadata: { name, namespace: CLIENT },
  spec: { sip: { trunks } },
})
const standard = (name: string) => integration(name, trunk('lyon', 'Backup'), trunk('paris', 'Primary'))

describe('Integrations, with the rights that the chart gives the operator', function () {
  this.timeout(120_000)
  const stage = useStage()
  let edges: FakeEdge[] = []
  const kube = () => stage().api.kube
  const edgesSay = (name: string, ...says: [Parameters<FakeEdge['says']>[1], string?, number?]) =>
    edges.forEach((edge) => edge.says(`${CLIENT}/${name}`, ...says))
  const statusOf = async (name: string) =>
    ((await kube().get(INTEGRATIONS, CLIENT, name)).status ?? {}) as IntegrationStatus
  const published = async (name: string): Promise<TrunkGroup | undefined> => {
    const found = await kube()
      .get(resources.configMaps, operatorNamespace, `trunks.${CLIENT}.${name}`)
      .catch(() => undefined)
    return found && parseTrunks((found['data'] as Record<string, string>)['trunks']!)
  }
  const readyOf = ({ conditions }: IntegrationStatus | CallbotStatus) => {
    const ready = conditions?.find(({ type }) => type === 'Ready')
    return ready && `${ready.status} ${ready.reason}`
  }
  const eventsAbout = async (name: string) => {
    const columns = 'jsonpath={range .items[*]}{.regarding.name} {.type} {.reason}{"\\n"}{end}'
    const args = ['get', 'events.events.k8s.io', '-n', CLIENT, '-o', columns]
    const text = await kubectl(['--kubeconfig', stage().api.kubeconfig, ...args])
    return text
      .split('\n')
      .filter((line) => line.startsWith(`${name} `))
      .map((line) => line.slice(name.length + 1))
  }

  before('two edges', async () => {
    await eventually(() => kube().get(resources.secrets, operatorNamespace, 'callbot-edge-tls'), 30)
    edges = [
      await startFakeEdge(stage().api, 'edge-1', loopback(77, 1)),
      await startFakeEdge(stage().api, 'edge-2', loopback(77, 2)),
    ]
  })
  after(() => edges.forEach((edge) => edge.close()))

  it('are published for the edges: the primary first, the port filled in', async () => {
    await kube().apply(standard('standard'), { fieldManager: 'the-user' })
    await eventually(async () => expect(await published('standard')).not.to.equal(undefined))
    const group = (await published('standard'))!
    expect(group.trunks.map(({ name, port }) => `${name}:${port}`)).to.deep.equal(['paris:5061', 'lyon:5061'])
    await eventually(async () => expect((await statusOf('standard')).trunksEpoch).to.equal(group.epoch))
  })

  it('are published again, with a newer epoch, for a person who wants calls to return', async () => {
    const { epoch } = (await published('standard'))!
    const annotations = { 'callbots.dev/failback': 'paris' }
    await kube().mergePatch(INTEGRATIONS, CLIENT, 'standard', { metadata: { annotations } })
    await eventually(async () => expect((await published('standard'))?.failbackTo).to.equal('paris'))
    expect((await published('standard'))!.epoch).to.be.above(epoch)
  })

  it('tell within five seconds by which trunk calls go, with one event for each transition', async () => {
    edgesSay('standard', { paris: 'Up', lyon: 'Up' }, 'paris')
    await eventually(async () => expect((await statusOf('standard')).sipRoute).to.equal('Primary/paris'), 5)
    edgesSay('standard', { paris: 'Down', lyon: 'Up' }, 'lyon')
    await eventually(async () => expect((await statusOf('standard')).sipRoute).to.equal('Backup/lyon'), 5)
    const status = await statusOf('standard')
    expect(readyOf(status)).to.equal('True BackupInUse')
    expect(status.sip!.parts!.map(({ name, state, seenBy }) => ({ name, state, seenBy }))).to.deep.equal([
      { name: 'paris', state: 'Down', seenBy: 2 },
      { name: 'lyon', state: 'Up', seenBy: 2 },
    ])
    edgesSay('standard', { paris: 'Down', lyon: 'Down' })
    await eventually(async () => expect(readyOf(await statusOf('standard'))).to.equal('False AllRoutesDown'), 5)
    edgesSay('standard', { paris: 'Up', lyon: 'Up' }, 'paris')
    await eventually(async () => expect(readyOf(await statusOf('standard'))).to.equal('True RouteAnswers'), 5)
    await eventually(async () =>
      expect(await eventsAbout('standard')).to.have.members([
        'Warning BackupInUse',
        'Warning AllRoutesDown',
        'Normal RouteAnswers',
      ]),
    )
  })

  it('show how often edges probe their trunks where that is less often than specified, why, and what to do', async () => {
    const probesOf = ({ sip, conditions }: IntegrationStatus) => ({
      seconds: sip?.parts?.map(({ probeSeconds }) => probeSeconds),
      condition: conditions?.find(({ type }) => type === 'ProbesInTime')?.message,
    })
    edgesSay('standard', { paris: 'Up', lyon: 'Up' }, 'paris', 4)
    await eventually(async () =>
      expect(probesOf(await statusOf('standard'))).to.deep.equal({
        seconds: [4, 4],
        condition:
          'the edges probe trunks every 4 s, not every 1 s: the trunks of this namespace need more probes than its share, so a fault is noticed later. ' +
          'Set a longer sip.probe.intervalSeconds in Integrations of this namespace, or remove trunks.',
      }),
    )
    expect(readyOf(await statusOf('standard'))).to.equal('True RouteAnswers')
    edgesSay('standard', { paris: 'Up', lyon: 'Up' }, 'paris')
    await eventually(async () =>
      expect(probesOf(await statusOf('standard'))).to.deep.equal({
        seconds: [undefined, undefined],
        condition: undefined,
      }),
    )
  })

  it('may come a moment after a bot that names them: its pods are made once, and know them', async () => {
    const bot = aBot(CLIENT, 'premier', {
      integrationRefs: [{ name: 'apres' }],
      fallback: { number: '4001', integrationRef: { name: 'apres' } },
    })
    await kube().apply(bot, { fieldManager: 'the-user' })
    await pause(300)
    await kube().apply(standard('apres'), { fieldManager: 'the-user' })
    const deployment = () => kube().get(resources.deployments, CLIENT, 'premier')
    await eventually(deployment)
    await pause(2_500)
    expect((await deployment()).metadata.generation, 'as it was first written').to.equal(1)
    const { configuration } = (await kube().get(CALLBOTS, CLIENT, 'premier')).status as CallbotStatus
    const { data } = await kube().get(resources.configMaps, CLIENT, configuration!.name)
    expect(JSON.parse((data as Record<string, string>)['bot.json']!).integrations[0].name).to.equal('apres')
    await kube().remove(CALLBOTS, CLIENT, 'premier')
  })

  it('decide whether a bot has an emergency number that can be called', async () => {
    const bot = aBot(CLIENT, 'accueil', {
      integrationRefs: [{ name: 'standard' }],
      fallback: { number: '4001', integrationRef: { name: 'standard' } },
    })
    const reachable = async () => {
      const { conditions } = ((await kube().get(CALLBOTS, CLIENT, 'accueil')).status ?? {}) as CallbotStatus
      const found = conditions?.find(({ type }) => type === 'FallbackReachable')
      return found && `${found.status} ${found.reason}`
    }
    await kube().apply(bot as Manifest, { fieldManager: 'the-user' })
    await eventually(async () => expect(await reachable()).to.equal('True AsSpecified'))
    await eventually(async () => expect((await statusOf('standard')).usedBy).to.equal(1))
    edgesSay('standard', { paris: 'Down', lyon: 'Down' })
    await eventually(async () => expect(await reachable()).to.equal('False FallbackUnreachable'), 5)
    edgesSay('standard', { paris: 'Up', lyon: 'Up' }, 'paris')
    await eventually(async () => expect(await reachable()).to.equal('True AsSpecified'), 5)
  })

  it('tell by which endpoint requests go, as a pod of a bot that names them says', async () => {
    const endpoint = (name: string, role: string) => ({ name, role, url: `https://${name}.test` })
    const http = { endpoints: [endpoint('nord', 'Primary'), endpoint('sud', 'Backup')] }
    const agenda = { ...standard('carnet'), spec: { http } }
    await kube().apply(agenda, { fieldManager: 'the-user' })
    const refs = ['standard', 'carnet'].map((name) => ({ name }))
    const fallback = { number: '4001', integrationRef: { name: 'standard' } }
    const bot = aBot(CLIENT, 'carnetier', { integrationRefs: refs as [(typeof refs)[0]], fallback })
    await kube().apply(bot as Manifest, { fieldManager: 'the-user' })
    let states = ['Up', 'Up']
    const say = () => ({
      http: ['nord', 'sud'].map((name, index) => ({
        ...{ integration: 'carnet', endpoint: name, state: states[index], since: '2026-11-24T12:00:00.000Z' },
      })),
    })
    await eventually(() => kube().get(resources.secrets, CLIENT, 'carnetier-sip-tls'))
    const place = { address: loopback(77, 3), port: HEALTH_PORT }
    const close = await serveState(stage().api, { namespace: CLIENT, name: 'carnetier-sip-tls' }, place, say)
    try {
      await eventually(() => giveAddress('carnetier', place.address), 20)
      await eventually(async () => expect((await statusOf('carnet')).httpRoute).to.equal('Primary/nord'), 12)
      states = ['Down', 'Up']
      await eventually(async () => expect((await statusOf('carnet')).httpRoute).to.equal('Backup/sud'), 12)
      expect(readyOf(await statusOf('carnet'))).to.equal('True BackupInUse')
    } finally {
      close()
    }
  })

  /** To the first pod of that bot: what a kubelet would do. */
  async function giveAddress(bot: string, podIP: string): Promise<void> {
    const list = kube().list(resources.pods, { namespace: CLIENT, labelSelector: `callbots.dev/callbot=${bot}` })
    for await (const { metadata } of list) {
      const status = { podIP, podIPs: [{ ip: podIP }] }
      await kube().mergePatch(resources.pods, CLIENT, metadata.name, { status }, { subresource: 'status' })
      return
    }
    throw new Error(`${bot} has no pod yet`)
  }

  it('are left alone by an operator that restarts: it has nothing new to publish', async () => {
    await pause(1000)
    const before = await kube().get(INTEGRATIONS, CLIENT, 'standard')
    const trunks = await kube().get(resources.configMaps, operatorNamespace, `trunks.${CLIENT}.standard`)
    stage().operator.kill()
    await stage().operator.ended
    stage().start(PODS[1])
    await eventually(() => expect(stage().operator.says('standing by')).to.equal(true), 20)
    await pause(6000)
    const after = await kube().get(INTEGRATIONS, CLIENT, 'standard')
    expect(after.metadata.resourceVersion).to.equal(before.metadata.resourceVersion)
    const { metadata } = await kube().get(resources.configMaps, operatorNamespace, `trunks.${CLIENT}.standard`)
    expect(metadata.resourceVersion).to.equal(trunks.metadata.resourceVersion)
  })

  it('that go take their trunks with them, also when no operator was there to see it', async () => {
    await kube().apply(standard('autre'), { fieldManager: 'the-user' })
    await eventually(async () => expect(await published('autre')).not.to.equal(undefined))
    await kube().remove(INTEGRATIONS, CLIENT, 'autre')
    await eventually(async () => expect(await published('autre')).to.equal(undefined))
    stage().operator.kill()
    await stage().operator.ended
    await kube().remove(INTEGRATIONS, CLIENT, 'standard')
    stage().start(PODS[0])
    await eventually(async () => expect(await published('standard')).to.equal(undefined), 20)
  })

  it('never had trunks whose epoch went down', () => {
    expect(stage().epochFaults).to.deep.equal([])
  })
})
