import { expect } from 'chai'
import fc from 'fast-check'
import { planCallbot } from '../../../../src/operator/plan/callbot.ts'
import { isConfigurationName } from '../../../../src/operator/judge/configuration.ts'
import type { World } from '../../../../src/operator/world/callbot.ts'
import { aBot, aPod, aPolicy, aWorld, cycle, NOON, SECOND, type WorldBuilder } from '../../../harness/builders.ts'
import { anyWorld } from '../random-worlds.ts'

const written = (world: World) => planCallbot(world).steps.find((step) => step.do === 'writeConfiguration')
const removed = (world: World) =>
  planCallbot(world).steps.flatMap((step) => (step.do === 'removeConfiguration' ? [step.name] : []))
const mounted = (world: World) => {
  const deployment = planCallbot(world).steps.find((step) => step.do === 'apply' && step.manifest.kind === 'Deployment')
  return JSON.stringify(deployment).match(/"configMap":\{"name":"([^"]+)"/)?.[1]
}
const withDialog = (world: WorldBuilder, digest: string) => {
  const bot = world.world.bot!
  return world.withBot({ ...bot, generation: bot.generation + 1, configuration: { ...bot.configuration, digest } })
}
const everywhere = (configuration: string) =>
  ['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone, { configuration }))

const first = written(aWorld().world)!.name
const serving = aWorld()
  .carriedOut()
  .withPods(...everywhere(first))
  .carriedOut()

describe('the plan for the configuration of a bot', () => {
  it('writes it before pods can be made, and gives them that very one', () => {
    expect(mounted(aWorld().world)).to.equal(first)
    expect(serving.world.bot!.status!.configuration).to.include({ name: first }).and.not.to.have.property('former')
    expect(planCallbot(serving.world).steps).to.deep.equal([])
  })

  it('writes another when the dialog changes, and rolls the pods by naming it', () => {
    const changed = withDialog(serving, 'digest-2')
    const { name, because } = written(changed.world)!
    expect(name).not.to.equal(first)
    expect(isConfigurationName(changed.world.bot!, name)).to.be.true
    expect(mounted(changed.world)).to.equal(name)
    expect(because).to.equal('the conversation flow, or another part of the configuration, has changed')
  })

  it('writes another when the RetentionPolicy allows other fields, in whatever order it lists them', () => {
    const allowing = (...collect: string[]) => written(serving.with({ policy: aPolicy(collect) }).world)?.name
    expect(allowing('motif', 'date')).not.to.equal(first)
    expect(allowing('motif', 'date')).to.equal(allowing('date', 'motif'))
    expect(allowing('motif')).not.to.equal(allowing('date'))
    expect(allowing(), 'what is allowed without a policy').to.equal(undefined)
  })

  it('writes none while the RetentionPolicy is gone: what was filtered stays filtered', () => {
    const filtered = serving.with({ policy: aPolicy(['motif']) }).carriedOut()
    const gone = filtered.with({ policy: aPolicy([]), retentionPolicyMissing: true })
    for (const each of [gone, withDialog(gone, 'digest-2')]) expect(planCallbot(each.world).steps).to.deep.equal([])
    expect(written(gone.with({ policy: aPolicy(['motif']), retentionPolicyMissing: false }).world)).to.equal(undefined)
  })

  it('writes none for what pods do not need to know: numbers, replicas, zones', () => {
    const { capacity } = serving.world.bot!.spec
    const spec = { numbers: ['+33199000002'], zones: ['zone-a'], capacity: { ...capacity, minReplicas: 5 } }
    expect(written(serving.withSpec(spec).world)).to.equal(undefined)
  })

  it('keeps that of before while a pod has it, or while a rollout could make one more with it', () => {
    const rolling = withDialog(serving, 'digest-2').carriedOut()
    const second = rolling.world.bot!.status!.configuration!.name
    expect(rolling.world.bot!.status!.configuration!.former).to.deep.equal([first])
    const [a, b, c] = everywhere(second) as [ReturnType<typeof aPod>, ReturnType<typeof aPod>, ReturnType<typeof aPod>]
    const draining = aPod('zone-c', { configuration: first, terminating: true })
    expect(removed(rolling.withPods(a, b).world), 'one pod is yet to be made').to.deep.equal([])
    expect(removed(rolling.withPods(a, b, c, draining).world), 'a pod drains').to.deep.equal([])
    const oldTest = aPod('zone-c', { configuration: first, ready: false })
    expect(removed(rolling.withPods(a, b, c, oldTest).world), 'one too many has it').to.deep.equal([])
    const failing = { ...c, ready: false }
    expect(removed(rolling.withPods(a, b, failing).world), 'a pod fails the tests').to.deep.equal([])
    const over = rolling.withPods(a, b, c)
    expect(removed(over.world)).to.deep.equal([first])
    expect(over.carriedOut().world.bot!.status!.configuration)
      .to.include({ name: second })
      .and.not.to.have.property('former')
  })

  it('goes back to that of before as to any other, and then does not remove it', () => {
    const changed = withDialog(serving, 'digest-2').carriedOut()
    const second = changed.world.bot!.status!.configuration!.name
    const back = withDialog(changed, 'digest-1').world
    expect(written(back)?.name).to.equal(first)
    expect(removed(back), 'no pod was made with it yet').to.deep.equal([second])
  })

  it('knows again one that the status forgot, by the pods that have it', () => {
    const forgotten = 'accueil-0123456789'
    const world = serving.withPods(
      ...serving.world.pods,
      aPod('zone-a', { configuration: forgotten, terminating: true }),
    )
    expect(world.carriedOut().world.bot!.status!.configuration!.former).to.deep.equal([forgotten])
  })

  it('removes nothing that can not be one of its own', () => {
    const names = ['accueil', 'accueil-settings', 'accueil-0123456789-2', 'autre-0123456789', 'accueil-012345678g']
    for (const name of names) expect(isConfigurationName(aBot(), name), name).to.be.false
  })

  it('never removes the one that new pods get, nor one that a pod has', () => {
    fc.assert(
      fc.property(anyWorld, (world) => {
        const names = removed(world)
        expect(names).not.to.include(written(world)?.name ?? world.bot!.status!.configuration!.name)
        for (const { configuration } of world.pods) expect(names).not.to.include(configuration)
      }),
    )
  })

  it('recreates it with the Secret when a pod waits in vain for its volumes, once for that pod', () => {
    const waiting = aPod('zone-a', { ready: false, waitingForVolumesSince: NOON + 60 * SECOND })
    const world = serving.withPods(waiting).later(60 * SECOND)
    expect(written(world.later(20 * SECOND).world)).to.equal(undefined)
    expect(written(world.later(21 * SECOND).world)?.because).to.equal('a pod waits for its volumes')
    const again = world
      .later(21 * SECOND)
      .carriedOut()
      .withPods(waiting)
    expect(planCallbot(again.later(3600 * SECOND).world).steps).to.deep.equal([])
  })

  it('remembers when it was first made, which is when its tests take place, also when it is recreated', () => {
    const madeAt = (world: WorldBuilder) => world.world.bot!.status!.configuration!.madeAt
    expect(madeAt(serving)).to.equal(new Date(NOON).toISOString())
    const lost = serving.withPods(aPod('zone-a', { ready: false, waitingForVolumesSince: NOON })).later(60 * SECOND)
    expect(written(lost.world)).not.to.equal(undefined)
    expect(madeAt(lost.carriedOut())).to.equal(madeAt(serving))
    const changed = withDialog(lost, 'digest-2').carriedOut()
    expect(madeAt(changed)).to.equal(new Date(NOON + 60 * SECOND).toISOString())
  })

  it('does not stop the scaling of a bot whose new dialog could not be written', () => {
    const { capacity } = serving.world.bot!.spec
    const changed = withDialog(serving, 'digest-2').withSpec({ capacity: { ...capacity, minReplicas: 5 } })
    const deployment = planCallbot(changed.world).steps.find((step) => step.do === 'apply')!
    expect(deployment.otherwise).to.have.nested.property('spec.replicas', 5)
    expect(JSON.stringify(deployment.otherwise)).to.include(`"configMap":{"name":"${first}"`)
  })

  it('leaves the Deployment as it is when it could not be written', () => {
    const changed = withDialog(serving, 'digest-2')
    const { world } = cycle(changed.world, (step) => step.do === 'writeConfiguration')
    expect(world.children.deployment).to.deep.equal(serving.world.children.deployment)
    expect(world.bot!.status!.configuration).to.include({ name: first }).and.not.to.have.property('former')
  })
})
