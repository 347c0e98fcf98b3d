// @seconds 5
import { DEFAULT_VALUES } from '../../../src/rules/egress.ts'
import { expect } from 'chai'
import { createApplier } from '../../../src/kube/applier.ts'
import { createClient, type Kube } from '../../../src/kube/client.ts'
import { manifestHash, ownedHash } from '../../../src/kube/field-ownership.ts'
import type { Manifest, Raw } from '../../../src/kube/raw-object.ts'
import { createCatalog } from '../../../src/kube/resources.ts'
import { renderDeployment } from '../../../src/operator/render/deployment.ts'
import { renderNetworkPolicy } from '../../../src/operator/render/network-policy.ts'
import { renderPodDisruptionBudget } from '../../../src/operator/render/pod-disruption-budget.ts'
import { renderRoute } from '../../../src/operator/render/edge-route.ts'
import { renderService } from '../../../src/operator/render/service.ts'
import type { Settings } from '../../../src/operator/world/callbot.ts'
import { NO_LIMITS } from '../../../src/rules/shares.ts'
import { MANAGER, useApiServer } from '../../harness/api-server.ts'
import { aBot, aSpec } from '../../harness/builders.ts'

const settings: Settings = {
  image: 'callbot:1',
  recordsImage: 'callbot:1',
  operatorNamespace: 'default',
  renewAtFraction: 0.66,
  mediaCidrs: [],
  mediaByEdges: false,
  deniedCidrs: [],
  egress: DEFAULT_VALUES,
  reservations: [],
  shares: NO_LIMITS,
  database: undefined,
  rootKeySeconds: 86_400,
  scheduling: {},
  placement: { regions: [], certifications: [] },
}
const bot = aBot({
  namespace: 'default',
  name: 'mairie',
  uid: '3f0f6a3e-0000-4000-8000-000000000001',
  spec: aSpec({ zones: ['zone-a', 'zone-b'], placement: { regions: ['eu-west'], certifications: ['ISO27001'] } }),
})

type Edit = (manifest: Record<string, any>) => void // eslint-disable-line @typescript-eslint/no-explicit-any

interface Case {
  manifest: Manifest
  /** Somebody else's change of a field of ours, as a merge patch. */
  drift: object
  /** Somebody else's change of a field that is not ours. */
  foreign: object
  change: Edit
  removal: Edit
}

const labelled: Edit = (m) => delete m.metadata.labels['app.kubernetes.io/component']
const foreign = { metadata: { annotations: { 'example.org/theirs': 'x' } } }
const cases: Case[] = [
  {
    manifest: renderDeployment(bot, settings, 'mairie-0123456789', 3),
    drift: { spec: { replicas: 1 } },
    foreign: { spec: { template: { metadata: { annotations: { 'kubectl.kubernetes.io/restartedAt': 'now' } } } } },
    change: (m) => (m.spec.template.spec.containers[0].image = 'callbot:2'),
    removal: (m) => m.spec.template.spec.containers[0].env.pop(),
  },
  {
    manifest: renderPodDisruptionBudget(bot),
    drift: { spec: { maxUnavailable: '50%' } },
    foreign,
    change: (m) => (m.spec.maxUnavailable = '10%'),
    removal: (m) => delete m.spec.unhealthyPodEvictionPolicy,
  },
  {
    manifest: renderService(bot),
    drift: { spec: { selector: { app: 'evil' } } },
    foreign: { spec: { sessionAffinity: 'ClientIP' } },
    change: (m) => m.spec.ports.push({ name: 'rtp', port: 5063, protocol: 'UDP', targetPort: 5063 }),
    removal: labelled,
  },
  {
    manifest: renderNetworkPolicy(bot, settings),
    drift: { spec: { ingress: [{}] } },
    foreign,
    change: (m) => m.spec.egress.pop(),
    removal: labelled,
  },
  {
    manifest: renderRoute(bot, settings, bot.spec.numbers, 7),
    drift: { data: { route: '{}' } },
    foreign: { data: { theirs: 'x' } },
    change: (m) => (m.data.route = '{"epoch":8}'),
    removal: (m) => delete m.metadata.annotations['callbots.dev/epoch'],
  },
]

describe('owned fields on a real API server', function () {
  this.timeout(20_000)
  const api = useApiServer()
  let writes = 0
  let counting: Kube
  let them: Kube
  const unsettled: string[] = []

  before(async () => {
    const transport = await api().connect({ onRequest: ({ method }) => void (method !== 'GET' && writes++) })
    counting = createClient({ transport, fieldManager: MANAGER })
    them = createClient({ transport: api().transport, fieldManager: 'kubectl-edit' })
  })

  const edited = (manifest: Manifest, edit: Edit): Manifest => {
    const copy = structuredClone(manifest)
    edit(copy)
    return copy
  }
  const applier = () =>
    createApplier({ kube: counting, fieldManager: MANAGER, onUnsettled: (kind) => unsettled.push(kind) })

  for (const { manifest, drift, foreign: theirs, change, removal } of cases)
    describe(manifest.kind, () => {
      const { namespace = '', name } = manifest.metadata
      const resource = createCatalog()(manifest.apiVersion, manifest.kind)
      const live = () => counting.get(resource, namespace, name)
      const known = async () => ({ applied: ownedHash(await live(), MANAGER) })
      /** Writes made by one pass of a fresh applier (as after a restart) over what is live. */
      const pass = async (wanted: Manifest): Promise<[number, Raw | undefined]> => {
        const had = writes
        const answer = await applier().applyIfChanged(wanted, await known())
        return [writes - had, answer]
      }

      before(async () => void (await applier().applyIfChanged(manifest, undefined)))
      beforeEach(() => counting.apply(manifest))
      afterEach(() => expect(unsettled.splice(0), 'kept by the server otherwise than asked').to.deep.equal([]))

      it('is written once, and not again while nothing changed', async () => {
        expect(ownedHash(await live(), MANAGER)).to.equal(manifestHash(manifest))
        expect(await pass(manifest)).to.deep.equal([0, undefined])
      })

      it('is repaired when somebody changed a field of ours', async () => {
        await them.mergePatch(resource, namespace, name, drift)
        const [count, answer] = await pass(manifest)
        expect(count).to.equal(1)
        expect(ownedHash(answer!, MANAGER)).to.equal(manifestHash(manifest))
        expect(await pass(manifest)).to.deep.equal([0, undefined])
      })

      it('is left alone when somebody changed a field that is not ours', async () => {
        await them.mergePatch(resource, namespace, name, theirs)
        expect(await pass(manifest)).to.deep.equal([0, undefined])
      })

      it('is written when we want something else', async () => {
        const wanted = edited(manifest, change)
        expect((await pass(wanted))[0]).to.equal(1)
        expect(await pass(wanted)).to.deep.equal([0, undefined])
      })

      it('loses live what we no longer want', async () => {
        const wanted = edited(manifest, removal)
        expect((await pass(wanted))[0]).to.equal(1)
        expect(ownedHash(await live(), MANAGER)).to.equal(manifestHash(wanted))
        expect(await pass(wanted)).to.deep.equal([0, undefined])
      })
    })

  it('sees that the order of containers or variables changed, and settles', async () => {
    const manifest = renderDeployment(bot, settings, 'mairie-0123456789', 3)
    await counting.apply(manifest)
    const wanted = edited(manifest, (m) => m.spec.template.spec.containers[0].env.reverse())
    expect(manifestHash(wanted)).to.not.equal(manifestHash(manifest))
    const answer = await counting.apply(wanted)
    expect(ownedHash(answer, MANAGER)).to.equal(manifestHash(wanted))
  })

  it('writes a manifest in a form that the server does not keep once, says so, and leaves it', async () => {
    const manifest = edited(renderDeployment(bot, settings, 'mairie-0123456789', 3), (m) => {
      m.metadata.name = 'careless'
      m.spec.template.spec.containers[0].resources.requests.cpu = '0.5'
    })
    const { applyIfChanged } = applier()
    let answer = await applyIfChanged(manifest, undefined)
    expect(unsettled.splice(0)).to.deep.equal(['Deployment'])
    const had = writes
    for (let n = 0; n < 5; n++) await applyIfChanged(manifest, { applied: ownedHash(answer!, MANAGER) })
    expect(writes - had).to.equal(0)
    answer = await them.mergePatch(createCatalog()('apps/v1', 'Deployment'), 'default', 'careless', {
      spec: { replicas: 0 },
    })
    await applyIfChanged(manifest, { applied: ownedHash(answer, MANAGER) })
    expect(writes - had, 'drift of such an object is still repaired').to.equal(1)
    unsettled.splice(0)
  })
})
