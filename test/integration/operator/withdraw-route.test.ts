// @seconds 5
import { expect } from 'chai'
import { CALLBOTS } from '../../../src/api/kinds.ts'
import { createApplier } from '../../../src/kube/applier.ts'
import { resources } from '../../../src/kube/resources.ts'
import { applyCallbot } from '../../../src/operator/apply/callbot.ts'
import type { ApplyDependencies } from '../../../src/operator/apply/dependencies.ts'
import { planCallbot } from '../../../src/operator/plan/callbot.ts'
import { MANAGER } from '../../../src/operator/render/manifest.ts'
import { renderRoute } from '../../../src/operator/render/edge-route.ts'
import type { World } from '../../../src/operator/world/callbot.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { aBot, aWorld } from '../../harness/builders.ts'
import { idleCaches } from '../../harness/idle-caches.ts'
import { installKinds } from '../contract/server.ts'

const namespace = 'default'
const name = 'accueil'
const settings = { ...aWorld().world.settings, operatorNamespace: namespace }
const bot = aBot({ namespace, name })

const callbot = {
  apiVersion: 'callbots.dev/v1alpha1',
  kind: 'Callbot',
  metadata: { namespace, name },
  spec: {
    numbers: ['+33199000001'],
    language: 'fr-FR',
    dialog: { inline: { steps: [{ name: 'adieu', hangUp: {} }] } },
    integrationRefs: [{ name: 'cabinet' }],
    fallback: { number: '+33199000099', integrationRef: { name: 'cabinet' } },
  },
}

describe('a route, when the operator no longer sees its Callbot', function () {
  this.timeout(30_000)
  const api = useApiServer({ kinds: [CALLBOTS] })
  let hands: ApplyDependencies
  before(async () => {
    const { transport, kube } = api()
    await installKinds(api())
    hands = {
      kube,
      applier: createApplier({ kube, fieldManager: MANAGER }),
      caches: idleCaches(transport, namespace),
      authority: () => ({}),
      leafLifetimeSeconds: 3600,
      checkFlow: () => ({ errors: [] }),
      refusals: new Map(),
      secretChecks: new Map(),
      areIdle: () => Promise.resolve(true),
      evidenceKey: () => undefined,
    }
  })

  const publish = async () => (await api().kube.apply(renderRoute(bot, settings, bot.spec.numbers, 1))).metadata.uid!
  const isPublished = async () => {
    for await (const { metadata } of api().kube.list(resources.configMaps, { namespace })) {
      if (metadata.name === `route.${namespace}.${name}`) return true
    }
    return false
  }
  /** One cycle of an operator that sees a route with that uid and no Callbot. */
  const withdraw = async (uid: string) => {
    const route = { uid, ownerUid: undefined, applied: '', resourceVersion: '1', callbotUid: bot.uid, epoch: 1 }
    const world: World = { ...aWorld().with({ settings, namespace, name, route }).world, bot: undefined }
    return applyCallbot(hands, world, planCallbot(world))
  }

  it('stays while the Callbot is there all the same: only the watch was late, and calls come in', async () => {
    const uid = await publish()
    await api().kube.create(callbot)
    expect((await withdraw(uid)).failures).to.deep.equal([])
    expect(await isPublished()).to.be.true
  })

  it('goes once the Callbot is really gone', async () => {
    const uid = await publish()
    await api().kube.remove(CALLBOTS, namespace, name)
    expect((await withdraw(uid)).failures).to.deep.equal([])
    expect(await isPublished()).to.be.false
  })

  it('stays when another route has its name by now', async () => {
    await publish()
    await withdraw('uid-of-a-predecessor')
    expect(await isPublished()).to.be.true
  })
})
