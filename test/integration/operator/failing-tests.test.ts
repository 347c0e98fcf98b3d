// @seconds 38
import { expect } from 'chai'
import { pause } from '../../../hack/cluster/shell.ts'
import { botConfigurationSchema } from '../../../src/api/bot-configuration.ts'
import type { Callbot } from '../../../src/api/callbot.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { silent } from '../../../src/runtime/log.ts'
import { projectPod } from '../../../src/operator/observe/projections.ts'
import { RECONCILED } from '../../../src/operator/kinds.ts'
import { createTestGate } from '../../../src/voice/flow/test-gate.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import { Kubelets, type KubeletOptions } from '../../harness/kubelets.ts'
import { startOperator } from '../../harness/operator-in-process.ts'
import { installKinds } from '../contract/server.ts'

const namespace = 'default'
const KEY = `${namespace}/accueil`
const ZONES = ['zone-a', 'zone-b', 'zone-c']

const callbot = (goodbye: string, minReplicas = 3) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Callbot',
  metadata: { namespace, name: 'accueil' },
  spec: {
    numbers: ['+33199000001'],
    language: 'fr-FR',
    dialog: {
      inline: {
        steps: [
          { name: 'question', ask: { text: 'Alors ?', field: 'reponse', slot: { type: 'YesNo' } }, next: 'fin' },
          { name: 'fin', hangUp: { say: goodbye } },
        ],
      },
    },
    tests: [{ name: 'on-se-quitte-poliment', turns: [{ says: 'oui', expect: ['au revoir'] }] }],
    integrationRefs: [{ name: 'cabinet' }],
    fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
    capacity: { callsPerPod: 4, buffer: 2, maxReplicas: 9, minReplicas },
  },
})

const integration = {
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Integration',
  metadata: { namespace, name: 'cabinet' },
  spec: {
    criticality: 'Standard',
    sip: { trunks: [{ name: 'main', role: 'Primary', address: { host: 'pbx.example.net' } }] },
  },
}

/**
 * The real controllers roll the pods, which play the tests of the bot.json that the operator wrote for them. No webhook refuses what
 * fails: it is the case in which it was away.
 */
describe("a version that fails one of the bot's own tests, with the real controllers", function () {
  this.timeout(120_000)
  const api = useApiServer({ kinds: [CALLBOTS, INTEGRATIONS, RETENTION_POLICIES], controllers: true })
  const stopping = new AbortController()
  const announced: string[] = []
  let kubelets: Kubelets
  let living: Promise<void>

  before(async () => {
    await installKinds(api())
    kubelets = new Kubelets(api(), namespace, ZONES, playTestsOf)
    await kubelets.makeNodes()
    await api().kube.apply(integration as never, { fieldManager: 'the-user' })
    const started = await startOperator({
      ...{ api: api(), namespace, signal: stopping.signal },
      areIdle: () => async () => true,
      announce: (_kind, _about, { reason }) => void announced.push(reason),
    })
    living = live(started)
  })
  /** What a pod does before it is ready, with what is mounted into it. */
  async function playTestsOf(pod: Raw) {
    const { configuration } = projectPod(pod)
    const { data } = (await api().kube.get(resources.configMaps, namespace, configuration!)) as Raw & {
      data: Record<string, string>
    }
    const bot = botConfigurationSchema.parse(JSON.parse(data['bot.json']!))
    const trial = createTestGate({ bot, clock: systemClock, log: silent })
    await trial.passes(bot.dialog!)
    return trial.failed
  }

  /** Kubelets look, pods tell, the operator reconciles, again and again. */
  async function live({ operator, caches, store }: Awaited<ReturnType<typeof startOperator>>): Promise<void> {
    while (!stopping.signal.aborted) {
      await kubelets.look()
      for (const { name, uid } of kubelets.pods.values()) {
        const state = kubelets.state(name)
        const { configuration } = caches.pods.get(namespace, name) ?? {}
        store.record(KEY, uid, state && { ...state, configuration })
      }
      store.refresh()
      await RECONCILED.Callbot.reconcile(operator, KEY)
      await pause(150)
    }
  }

  const apply = (...how: Parameters<typeof callbot>) =>
    api().kube.apply(callbot(...how) as never, { fieldManager: 'the-user' })
  const status = async () => ((await api().kube.get(CALLBOTS, namespace, 'accueil')) as unknown as Callbot).status!
  const conditionOf = async (type: string) =>
    (await status()).conditions?.find((condition) => condition.type === type) ?? {}
  const passing = () => kubelets.staying().filter(({ failedTest }) => failedTest === undefined)
  const failing = () => kubelets.staying().filter(({ failedTest }) => failedTest !== undefined)
  let first: KubeletOptions[]

  describe('when it is rolled out', () => {
    after(async () => {
      stopping.abort()
      await living
    })

    it('comes after one that passes', async () => {
      await apply('Au revoir.')
      await eventually(async () => expect(await conditionOf('TestsPassed')).to.include({ status: 'True' }), 30)
      first = passing()
      expect(first).to.have.lengthOf(3)
    })

    it('stops its own rollout at the first pod: those of before stay, and the status says why', async () => {
      await apply('Salut.')
      await eventually(async () => expect(await conditionOf('Ready')).to.include({ reason: 'TestsFailed' }), 30)
      expect(await conditionOf('TestsPassed'))
        .to.have.property('message')
        .that.includes(
          'test on-se-quitte-poliment fails at turn 1: the bot does not say "au revoir". The pods of the version before take the calls',
        )
      await pause(3_000)
      expect(failing()).to.have.lengthOf(1)
      expect(passing()).to.deep.equal(first)
      const { readyReplicas, configuration } = await status()
      expect(readyReplicas).to.equal(3)
      expect(configuration!.former, 'a pod of before may be recreated').to.have.lengthOf(1)
    })

    it('is reported by one event', () => {
      expect(announced.filter((reason) => reason === 'TestsFailed')).to.have.lengthOf(1)
    })

    it('does not keep a lost pod of before from being recreated, which plays and passes the tests of then', async () => {
      const [lost] = first
      await api().kube.remove(resources.pods, namespace, lost!.name)
      await eventually(() => {
        expect(passing()).to.have.lengthOf(3)
        expect(passing().map(({ name }) => name)).not.to.include(lost!.name)
      }, 30)
    })

    it('grows all the same when calls need more pods: most of them are of the version before', async () => {
      await apply('Salut.', 6)
      await eventually(() => {
        expect(passing()).to.have.lengthOf(5)
        expect(failing()).to.have.lengthOf(2)
      }, 30)
    })

    it('gives way to one that passes', async () => {
      await apply('Merci et au revoir.', 6)
      await eventually(async () => {
        expect(failing()).to.deep.equal([])
        expect((await status()).configuration).not.to.have.property('former')
        expect(await conditionOf('TestsPassed')).to.include({ status: 'True' })
      }, 60)
      expect(passing()).to.have.lengthOf(6)
    })
  })
})
