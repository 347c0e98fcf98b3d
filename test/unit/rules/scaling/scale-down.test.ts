import { expect } from 'chai'
import fc from 'fast-check'
import { choosePodsToRemove, type ScaleDownCandidate } from '../../../../src/rules/scaling/scale-down.ts'
import { takenByReplicaSet } from '../../../harness/replica-set.ts'

const aLeaver = (name: string, changes: Partial<ScaleDownCandidate> = {}): ScaleDownCandidate => ({
  name,
  zone: `zone-${name[0]}`,
  placed: true,
  running: true,
  ready: true,
  terminating: false,
  calls: 0,
  marked: false,
  ...changes,
})
const names = (pods: readonly ScaleDownCandidate[]) => pods.map(({ name }) => name)

const anyPods: fc.Arbitrary<ScaleDownCandidate[]> = fc
  .array(
    fc.record({
      zone: fc.constantFrom('zone-a', 'zone-b', 'zone-c'),
      phase: fc.constantFrom('unplaced', 'starting', 'unready', 'ready', 'ready', 'ready', 'ready'),
      terminating: fc.constantFrom(false, false, false, false, true),
      calls: fc.constantFrom(0, 0, 0, 1, 7, undefined),
      marked: fc.boolean(),
    }),
    { maxLength: 14 },
  )
  .map((all) =>
    all.map(({ zone, phase, terminating, calls, marked }, index) => {
      const running = phase === 'unready' || phase === 'ready'
      const state = { placed: phase !== 'unplaced', running, ready: phase === 'ready' }
      return aLeaver(`pod-${index}`, {
        ...state,
        zone: state.placed ? zone : undefined,
        calls: running ? calls : undefined,
        ...{ terminating, marked },
      })
    }),
  )

const perZone = (pods: readonly ScaleDownCandidate[]) => {
  const counts = new Map<string, number>()
  for (const { zone } of pods) if (zone !== undefined) counts.set(zone, (counts.get(zone) ?? 0) + 1)
  return counts
}
const skew = (counts: Map<string, number>) =>
  counts.size === 0 ? 0 : Math.max(...counts.values()) - Math.min(...counts.values())

describe('the pods that may go', () => {
  it('are never one with a call, nor one that has not reported', () => {
    fc.assert(
      fc.property(anyPods, fc.nat(14), (pods, count) => {
        for (const { running, calls } of choosePodsToRemove(pods, count)) expect(!running || calls === 0).to.equal(true)
      }),
      { numRuns: 2_000 },
    )
  })

  it('are exactly those that a ReplicaSet takes once they are marked, whatever reasons of its own it has', () => {
    fc.assert(
      fc.property(anyPods, fc.nat(14), fc.infiniteStream(fc.double({ noNaN: true })), (pods, count, chances) => {
        const podsToRemove = choosePodsToRemove(pods, count)
        const marked = pods.map((pod) => ({ ...pod, marked: podsToRemove.includes(pod) }))
        const chance = new Map(marked.map((pod) => [pod, chances.next().value!]))
        const taken = takenByReplicaSet(marked, podsToRemove.length, (pod) => chance.get(pod)!)
        expect(names(taken)).to.have.members(names(podsToRemove))
      }),
      { numRuns: 2_000 },
    )
  })

  it('leave every zone a pod, and the zones as even as they were', () => {
    fc.assert(
      fc.property(anyPods, fc.nat(14), (pods, count) => {
        const staying = pods.filter(({ terminating }) => !terminating)
        const podsToRemove = choosePodsToRemove(pods, count)
        const [before, after] = [staying, staying.filter((pod) => !podsToRemove.includes(pod))].map(perZone)
        expect([...after!.keys()]).to.have.members([...before!.keys()])
        expect(skew(after!)).to.be.at.most(Math.max(1, skew(before!)))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are at most as many as asked for, and one for each zone at a time', () => {
    fc.assert(
      fc.property(anyPods, fc.nat(14), (pods, count) => {
        const zones = new Set(pods.map(({ zone }) => zone)).size
        expect(choosePodsToRemove(pods, count).length).to.be.at.most(Math.min(count, zones))
      }),
    )
  })

  it('are the same when they are looked for again', () => {
    fc.assert(
      fc.property(anyPods, fc.nat(14), (pods, count) => {
        const podsToRemove = choosePodsToRemove(pods, count)
        const again = pods.map((pod) => ({ ...pod, marked: podsToRemove.includes(pod) }))
        expect(names(choosePodsToRemove(again, count))).to.have.members(names(podsToRemove))
      }),
      { numRuns: 2_000 },
    )
  })

  it('are pods for which there is no room before pods that take calls', () => {
    const pods = [
      aLeaver('a1'),
      aLeaver('a2'),
      aLeaver('b1'),
      aLeaver('waiting', { placed: false, running: false, zone: undefined }),
    ]
    expect(names(choosePodsToRemove(pods, 1))).to.deep.equal(['waiting'])
    expect(names(choosePodsToRemove(pods, 2))).to.deep.equal(['waiting', 'a1'])
  })

  it('are none as long as one that is not ready may have a call: a ReplicaSet would take that one first', () => {
    const idle = [aLeaver('a1'), aLeaver('a2'), aLeaver('b1')]
    expect(choosePodsToRemove([...idle, aLeaver('b2', { ready: false, calls: 2 })], 1)).to.deep.equal([])
    expect(choosePodsToRemove([...idle, aLeaver('b2', { ready: false, calls: undefined })], 1)).to.deep.equal([])
    expect(names(choosePodsToRemove([...idle, aLeaver('b2', { ready: false })], 1))).to.deep.equal(['b2'])
  })

  it('go step by step: none while one without a call is still leaving, and a last call holds up nobody', () => {
    const idle = [aLeaver('a1'), aLeaver('a2'), aLeaver('b1'), aLeaver('b2')]
    expect(choosePodsToRemove([...idle, aLeaver('a3', { terminating: true })], 1)).to.deep.equal([])
    expect(choosePodsToRemove([...idle, aLeaver('a3', { terminating: true, calls: 1 })], 1)).to.have.lengthOf(1)
  })
})
