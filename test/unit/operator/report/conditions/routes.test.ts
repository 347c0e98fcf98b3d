import { expect } from 'chai'
import { callbotStatusSchema } from '../../../../../src/api/callbot-status.ts'
import { eventOfChange } from '../../../../../src/operator/report/events.ts'
import type { ObservedEdge } from '../../../../../src/rules/route-on-edges.ts'
import { aPod, aWorld, cycle, MINUTE, NOON, SECOND, type WorldBuilder } from '../../../../harness/builders.ts'

const pods = ['zone-a', 'zone-b', 'zone-c'].map((zone) => aPod(zone))
const edge = (name: string, epoch?: number, silentSince?: number): ObservedEdge => ({ edge: name, epoch, silentSince })
const published = (...edges: ObservedEdge[]) =>
  aWorld()
    .with({ edges })
    .withPods(...pods)
    .carriedOut()
/** The same a moment later, when edges have reported. `epoch` is of the route as it is published. */
const told = (from: WorldBuilder, tell: (epoch: number) => World['edges']) =>
  from.later(2 * SECOND).with({ edges: tell(from.world.route!.epoch) })
type World = WorldBuilder['world']
const conditionOf = (status: ReturnType<typeof cycle>['status'], type = 'RoutesPublished') =>
  status!.conditions!.find((condition) => condition.type === type)!
const of = (status: ReturnType<typeof cycle>['status'], type?: string) => {
  const { status: is, reason } = conditionOf(status, type)
  return `${is} ${reason}`
}

describe('the routes of a bot', () => {
  const waiting = published(edge('edge-a'), edge('edge-b'))

  it('are not published, and no number counts, before the edges run the epoch that was written', () => {
    const { status } = cycle(told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch - 1)]).world)
    expect(of(status)).to.equal('False RoutePending')
    expect(of(status, 'Ready')).to.equal('False RoutePending')
    expect(conditionOf(status).message).to.equal(`route table ${NOON} runs on 1 of 2 edges.`)
    expect(status!.routes).to.equal('0/1')
  })

  it('are published once all edges run that epoch, and the message says how many', () => {
    const { status } = cycle(told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch + 1)]).world)
    expect(of(status)).to.equal('True RouteRuns')
    expect(conditionOf(status).message).to.equal(`route table ${NOON}, with 1 number, runs on 2 of 2 edges.`)
    expect(of(status, 'Ready')).to.equal('True Serving')
    expect(status!.routes).to.equal('1/1')
    expect(callbotStatusSchema.safeParse(status).error).to.equal(undefined)
  })

  it('are published without an edge that does not answer, and the message names it and since when', () => {
    const world = told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', undefined, NOON)]).carriedOut()
    const { status } = world.world.bot!
    const since = new Date(NOON).toISOString()
    expect(of(status)).to.equal('True RouteRuns')
    expect(conditionOf(status).message).to.equal(
      `route table ${NOON}, with 1 number, runs on 1 of 2 edges; edge edge-b has not answered since ${since}.`,
    )
    const back = cycle(told(world, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch)]).world)
    expect(conditionOf(back.status).message).to.equal(`route table ${NOON}, with 1 number, runs on 2 of 2 edges.`)
  })

  it('are Unknown while no edge answers, and the message names the cure', () => {
    const { status } = cycle(told(waiting, () => [edge('edge-a', undefined, NOON)]).world)
    expect(of(status)).to.equal('Unknown EdgesSilent')
    expect(of(status, 'Ready')).to.equal('Unknown EdgesSilent')
    expect(conditionOf(status).message).to.include('Check the pods of the edges')
  })

  it('name three silent edges and count the others', () => {
    const silent = ['b', 'c', 'd', 'e', 'f'].map((name) => edge(`edge-${name}`, undefined, NOON))
    const { status } = cycle(told(waiting, (epoch) => [edge('edge-a', epoch), ...silent]).world)
    expect(conditionOf(status).message)
      .to.include('edge-d')
      .and.include('; nor have 2 others')
      .and.not.include('edge-e')
  })

  it('stay published when edges fall silent, restart or go: nothing is written', () => {
    const running = told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch)]).carriedOut()
    const later = [[edge('edge-a', undefined, NOON)], [edge('edge-z')], [], 'NoEdges', undefined] as const
    for (const edges of later)
      expect(cycle(running.with({ edges }).world).status).to.deep.equal(running.world.bot!.status)
  })

  it('count the numbers that the edges had before while they take a new route', () => {
    const running = told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch)]).carriedOut()
    const { status } = cycle(running.later(MINUTE).withSpec({ numbers: ['+33199000001', '+33199000002'] }).world)
    expect(of(status)).to.equal('False RoutePending')
    expect(status!.routes).to.equal('1/2')
  })

  it('are published by the write alone where the installation has no edges, and judged by what edges tell when it gets some', () => {
    const without = aWorld()
      .withPods(...pods)
      .carriedOut()
    expect(of(without.world.bot!.status)).to.equal('True AsSpecified')
    expect(without.world.bot!.status).to.include({ routes: '1/1' }).and.not.have.property('runningRoute')
    expect(of(cycle(without.with({ edges: [edge('edge-a')] }).world).status), 'yet to be asked').to.equal(
      'True AsSpecified',
    )
    const since = told(without, (epoch) => [edge('edge-a', epoch)]).carriedOut()
    expect(of(since.world.bot!.status)).to.equal('True RouteRuns')
    const none = cycle(
      since
        .later(MINUTE)
        .withSpec({ numbers: ['+33199000003'] })
        .with({ edges: 'NoEdges' }).world,
    )
    expect(of(none.status)).to.equal('True AsSpecified')
    expect(none.status).to.include({ routes: '1/1' }).and.not.have.property('runningRoute')
  })

  it('stay as they were for an operator that starts, and for one that follows an operator which did not ask', () => {
    const running = told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch)]).carriedOut()
    const older = { ...running.world.bot!.status! }
    delete older.runningRoute
    const conditions = older.conditions!.map((each) =>
      each.type === 'RoutesPublished'
        ? { ...each, reason: 'AsSpecified', message: 'the route table is written.' }
        : each,
    )
    const upgraded = running.with({ bot: { ...running.world.bot!, status: { ...older, conditions } } })
    for (const edges of [undefined, [edge('edge-a')], [edge('edge-a', undefined, NOON)]]) {
      const { status } = cycle(upgraded.with({ edges }).world)
      expect(of(status)).to.equal('True AsSpecified')
      expect(status!.routes).to.equal('1/1')
    }
    expect(of(cycle(told(upgraded, (epoch) => [edge('edge-a', epoch)]).world).status)).to.equal('True RouteRuns')
    const before = waiting.world.bot!.status
    expect(conditionOf(cycle(waiting.with({ edges: undefined }).world).status)).to.deep.equal(conditionOf(before))
  })

  it('cause no event while edges take them, and none when they have', () => {
    const running = told(waiting, (epoch) => [edge('edge-a', epoch), edge('edge-b', epoch)]).carriedOut()
    const changed = cycle(running.later(MINUTE).withSpec({ numbers: ['+33199000002'] }).world)
    expect(eventOfChange(running.world.bot!, changed.status!)).to.equal(undefined)
    const done = cycle(told(running.with(changed.world), (epoch) => [edge('edge-a', epoch)]).world)
    expect(eventOfChange(changed.world.bot!, done.status!)).to.equal(undefined)
  })
})
