// @seconds 21
import { expect } from 'chai'
import { pause } from '../../../hack/cluster/shell.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../../../src/api/kinds.ts'
import { createIdleCheck } from '../../../src/operator/observe/idle-check.ts'
import { RECONCILED } from '../../../src/operator/kinds.ts'
import type { Operator } from '../../../src/operator/reconcile/reconcile.ts'
import { DELETION_COST } from '../../../src/operator/render/manifest.ts'
import { resources } from '../../../src/kube/resources.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { eventually } from '../../harness/eventually.ts'
import { Kubelets } from '../../harness/kubelets.ts'
import { startOperator } from '../../harness/operator-in-process.ts'
import { installKinds } from '../contract/server.ts'
import { patient } from '../../harness/patience.ts'

type Started = Awaited<ReturnType<typeof startOperator>>

const namespace = 'default'
const KEY = `${namespace}/accueil`
const ZONES = ['zone-a', 'zone-b', 'zone-c']
const LOOK_MS = 150

const callbot = (capacity: object) => ({
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Callbot',
  metadata: { namespace, name: 'accueil' },
  spec: {
    numbers: ['+33199000001'],
    language: 'fr-FR',
    dialog: { inline: { steps: [{ name: 'adieu', hangUp: {} }] } },
    integrationRefs: [{ name: 'cabinet' }],
    fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
    capacity: { callsPerPod: 4, buffer: 2, maxReplicas: 9, ...capacity },
  },
})

/** The real controllers of Deployments and ReplicaSets take the pods; only scheduler, kubelets and pods are ours. */
describe('the pods of a bot, with the real controllers', function () {
  this.timeout(120_000)
  const api = useApiServer({ kinds: [CALLBOTS, INTEGRATIONS, RETENTION_POLICIES], controllers: true })
  const stopping = new AbortController()
  let kubelets: Kubelets
  let operator: Operator
  let living: Promise<void>

  before(async () => {
    await installKinds(api())
    kubelets = new Kubelets(api(), namespace, ZONES)
    await kubelets.makeNodes()
    const started = await startOperator({
      ...{ api: api(), namespace, signal: stopping.signal },
      areIdle: (known) => createIdleCheck({ ...known, ask: async ({ name }) => kubelets.state(name) }),
    })
    operator = started.operator
    living = live(started.store)
  })

  /** Kubelets look, pods tell, the operator reconciles, again and again. */
  async function live(store: Started['store']): Promise<void> {
    while (!stopping.signal.aborted) {
      await kubelets.look()
      for (const { name, uid } of kubelets.pods.values()) store.record(KEY, uid, kubelets.state(name))
      store.refresh()
      await RECONCILED.Callbot.reconcile(operator, KEY)
      await pause(LOOK_MS)
    }
  }

  const apply = (capacity: object) => api().kube.apply(callbot(capacity) as never, { fieldManager: 'the-user' })
  const perZone = () => ZONES.map((zone) => kubelets.staying().filter((pod) => pod.zone === zone).length)
  const untilThere = (count: number) => eventually(() => expect(kubelets.staying()).to.have.lengthOf(count), 30)
  const replicas = async () =>
    ((await api().kube.get(resources.deployments, namespace, 'accueil'))['spec'] as { replicas: number }).replicas
  const marked = async () => {
    const names: string[] = []
    for await (const { metadata } of api().kube.list(resources.pods, { namespace })) {
      if (metadata.deletionTimestamp === undefined && metadata.annotations?.[DELETION_COST]) names.push(metadata.name)
    }
    return names
  }

  describe('while calls come and go', () => {
    after(async () => {
      stopping.abort()
      await living
    })

    it('become more as soon as calls need them', async () => {
      await apply({ minReplicas: 3 })
      await untilThere(3)
      for (const pod of kubelets.staying()) pod.calls = 4
      const at = performance.now()
      await untilThere(4)
      expect(performance.now() - at, 'milliseconds, on a machine that is shared').to.be.below(patient(10_000))
      for (const pod of kubelets.staying()) pod.calls = 4
      await untilThere(5)
    })

    it('become fewer by exactly those without a call, evenly over the zones, and no call is touched', async () => {
      await apply({ minReplicas: 9 })
      await untilThere(9)
      const [first, second, ...rest] = kubelets.staying()
      for (const pod of kubelets.staying()) pod.calls = 0
      first!.calls = 1
      second!.calls = 1
      await apply({ minReplicas: 3, scaling: 'External', replicas: 3 })
      await untilThere(3)
      expect(kubelets.staying().map(({ name }) => name)).to.include.members([first!.name, second!.name])
      expect(perZone()).to.deep.equal([1, 1, 1])
      expect(kubelets.callsAtTheEnd.every((calls) => calls === 0)).to.equal(true)
      expect(rest).to.have.lengthOf(7)
      await eventually(async () => expect(await marked()).to.deep.equal([]))
    })

    it('stay as many as have calls, and follow one by one as the calls end', async () => {
      await apply({ minReplicas: 3, scaling: 'External', replicas: 6 })
      await untilThere(6)
      const busy = kubelets.staying()
      for (const pod of busy) pod.calls = 2
      await pause(1_000)
      await apply({ minReplicas: 3, scaling: 'External', replicas: 3 })
      await pause(3_000)
      expect(await replicas()).to.equal(6)
      for (const [ended, zone] of ZONES.entries()) {
        const pod = busy.find((each) => each.zone === zone)!
        pod.calls = 0
        await untilThere(5 - ended)
        expect(kubelets.staying()).not.to.include(pod)
      }
      expect(kubelets.staying().every(({ calls }) => calls === 2)).to.equal(true)
      expect(kubelets.callsAtTheEnd.every((calls) => calls === 0)).to.equal(true)
    })
  })
})
