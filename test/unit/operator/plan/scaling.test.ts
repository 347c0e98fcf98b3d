import { expect } from 'chai'
import fc from 'fast-check'
import { planCallbot } from '../../../../src/operator/plan/callbot.ts'
import { heldReplicas } from '../../../../src/operator/judge/replicas.ts'
import type { Step } from '../../../../src/operator/steps/callbot.ts'
import type { PodFacts, World } from '../../../../src/operator/world/callbot.ts'
import { replicasFor, withinLimits } from '../../../../src/rules/scaling/replica-count.ts'
import { demandOf, noDemand, QUIET_MS, withSeen, type DemandHistory } from '../../../../src/rules/scaling/demand.ts'
import { aBot, aPod, aSpec, aWorld, cycle, SECOND } from '../../../harness/builders.ts'
import { takenByReplicaSet } from '../../../harness/replica-set.ts'

const capacity = { ...aSpec().capacity, callsPerPod: 4, buffer: 2, minReplicas: 3, maxReplicas: 9 }
const ZONES = ['zone-a', 'zone-b', 'zone-c']
const pods = (count: number, change: (index: number) => Partial<PodFacts> = () => ({})) =>
  Array.from({ length: count }, (_, index) =>
    aPod(ZONES[index % 3], { name: `pod-${index}`, calls: 0, ...change(index) }),
  )
const calling = (calls: number, peak = calls) => ({ calls, peak, turnedAway: false })

/** A bot whose Deployment has so many pods, all of them ready. */
const withPods = (count: number, change?: (index: number) => Partial<PodFacts>) => {
  const grown = aWorld()
    .withBot(aBot({ spec: aSpec({ capacity }) }))
    .with({ demand: calling(count * capacity.callsPerPod - 4) })
    .carriedOut()
    .withPods(...pods(count, change))
    .carriedOut()
  expect(heldReplicas(grown.world, grown.world.bot!)).to.equal(Math.max(3, Math.min(9, count)))
  return grown
}
const replicasIn = (step: Step | undefined) =>
  step !== undefined && 'manifest' in step ? (step.manifest['spec'] as { replicas: number }).replicas : undefined
const doing = (steps: Step[]) => steps.map((step) => step.do)
const named = (steps: Step[], what: 'markPodsForRemoval' | 'unmarkPods') =>
  steps.flatMap((step) => (step.do === what ? step.pods.map(({ name }) => name) : []))

describe('the plan for the number of pods', () => {
  it('asks for more at once when calls need them, and for nothing else', () => {
    const busy = withPods(3).with({ demand: calling(11) })
    const [step, ...more] = planCallbot(busy.world).steps
    expect(more).to.deep.equal([])
    expect(step).to.deep.include({ do: 'apply' })
    expect(replicasIn(step)).to.equal(4)
  })

  it('first marks those that shall go, one in each zone at most, and asks for fewer in a later cycle', () => {
    const quiet = withPods(8).with({ demand: calling(0) })
    const first = cycle(quiet.world)
    expect(doing(first.plan.steps)).to.deep.equal(['markPodsForRemoval'])
    expect(named(first.plan.steps, 'markPodsForRemoval')).to.have.lengthOf(3)
    const second = planCallbot(first.world)
    expect(doing(second.steps)).to.deep.equal(['scaleDown'])
    const [shrink] = second.steps as Extract<Step, { do: 'scaleDown' }>[]
    expect(replicasIn(shrink)).to.equal(5)
    expect(shrink!.podsToRemove.map(({ name }) => name)).to.have.members(named(first.plan.steps, 'markPodsForRemoval'))
  })

  it('takes the mark from a pod that gets a call meanwhile, and chooses another or waits', () => {
    const quiet = withPods(6, (index) => ({ calls: index < 4 ? 1 : 0 })).with({ demand: calling(4) })
    const marked = cycle(quiet.world)
    expect(named(marked.plan.steps, 'markPodsForRemoval')).to.have.members(['pod-4', 'pod-5'])
    const called = marked.world.pods.map((pod) => (pod.name === 'pod-4' ? { ...pod, calls: 1 } : pod))
    const { steps } = planCallbot({ ...marked.world, pods: called })
    expect(named(steps, 'unmarkPods')).to.deep.equal(['pod-4'])
    expect(steps.find((step) => step.do === 'scaleDown')?.podsToRemove.map(({ name }) => name)).to.deep.equal(['pod-5'])
  })

  it('takes all marks away when calls come back', () => {
    const marked = cycle(withPods(6).with({ demand: calling(0) }).world).world
    const { steps } = planCallbot({ ...marked, demand: calling(20) })
    expect(doing(steps)).to.deep.equal(['unmarkPods'])
  })

  it('waits while a rollout goes on, or pods are there that it does not know', () => {
    const rolling = withPods(6, (index) => ({ revision: index < 1 ? 'revision-2' : 'revision-1' }))
    expect(planCallbot(rolling.with({ demand: calling(0) }).world).steps).to.deep.equal([])
    const surging = withPods(6).withPods(...pods(7))
    expect(planCallbot(surging.with({ demand: calling(0) }).world).steps).to.deep.equal([])
  })

  it('puts a Deployment in order that was changed by hand before it takes pods away', () => {
    const drifted = withPods(6)
      .with({ demand: calling(0) })
      .withDrifted('deployment')
    const { steps } = planCallbot(drifted.world)
    expect(doing(steps)).to.deep.equal(['apply'])
    expect(replicasIn(steps[0])).to.equal(6)
  })

  it('asks for fewer without taking any when pods could never be made', () => {
    const short = withPods(9)
      .withPods(...pods(5))
      .with({ demand: calling(0) })
    const [step] = planCallbot(short.world).steps
    expect(step).to.deep.include({ do: 'markPodsForRemoval' })
    const after = planCallbot(cycle(short.world).world).steps
    expect(replicasIn(after[0])).to.equal(3)
    expect(after[0]).to.have.property('podsToRemove').with.lengthOf(2)
  })

  it('follows the fewest of the spec at once where no pod runs: then nobody calls', () => {
    const none = withPods(6).withPods().with({ demand: undefined })
    expect(doing(planCallbot(none.world).steps)).to.deep.equal(['scaleDown'])
    expect(planCallbot(cycle(none.world).world).steps).to.deep.equal([])
    expect(heldReplicas(cycle(none.world).world, none.world.bot!)).to.equal(3)
    const pending = { placed: false, running: false, ready: false, zone: undefined, calls: undefined }
    const waiting = withPods(6).withPods(...pods(6, () => pending))
    expect(doing(planCallbot(waiting.with({ demand: undefined }).world).steps)).to.deep.equal(['markPodsForRemoval'])
  })

  it('obeys the scale subresource with External: up at once, down by pods without calls', () => {
    const external = (replicas: number) => aSpec({ capacity: { ...capacity, scaling: 'External', replicas } })
    const grown = withPods(6, (index) => ({ calls: index === 5 ? 2 : 0 }))
    expect(doing(planCallbot(grown.withSpec(external(8)).world).steps)).to.deep.equal(['apply'])
    const { steps } = planCallbot(grown.withSpec(external(3)).world)
    expect(named(steps, 'markPodsForRemoval')).to.deep.equal(['pod-0', 'pod-1', 'pod-2'])
  })

  describe('where the namespace may not have more', () => {
    const stoppedBy = { resource: 'pods', used: 9, limit: 10, of: 'Namespace' } as const
    const upTo = (most: number) => ({ share: { beyond: undefined, pods: { most, stoppedBy }, againSeconds: 10 } })

    it('stops there, with what callers need and with what the spec fixes, and looks again soon', () => {
      const busy = withPods(3).with({ demand: calling(22), ...upTo(4) })
      const plan = planCallbot(busy.world)
      expect(replicasIn(plan.steps[0])).to.equal(4)
      expect(plan.recheckAfterSeconds).to.equal(10)
      const fixed = aSpec({ capacity: { ...capacity, scaling: 'External', replicas: 8 } })
      expect(replicasIn(planCallbot(withPods(3).withSpec(fixed).with(upTo(5)).world).steps[0])).to.equal(5)
    })

    it('takes nothing away, and fewer pods go as always', () => {
      expect(planCallbot(withPods(6).with(upTo(6)).world).steps).to.deep.equal([])
      const quiet = withPods(6).with({ demand: calling(0), ...upTo(6) })
      expect(doing(planCallbot(quiet.world).steps)).to.deep.equal(['markPodsForRemoval'])
    })

    it('makes a bot without a pod, so that its callers reach the emergency number', () => {
      const { plan, world } = cycle(aWorld().with(upTo(0)).world)
      expect(heldReplicas(world, world.bot!)).to.equal(0)
      expect(doing(plan.steps)).to.include('publishRoute')
    })
  })
})

/** One bot over some time: callers come and go, the ReplicaSet makes and takes pods, the operator looks every few seconds. */
class Story {
  now = 1_800_000_000_000
  cut = 0
  grownAt = -Infinity
  shrunkTooSoon = 0
  private world: World
  private history: DemandHistory
  private made = 3
  private readonly chance: () => number

  constructor(chance: () => number) {
    this.chance = chance
    this.world = withPods(3).world
    this.history = noDemand(this.now)
  }

  get replicas() {
    return heldReplicas(this.world, this.world.bot!)
  }

  get calls() {
    return this.world.pods.reduce((sum, { calls = 0 }) => sum + calls, 0)
  }

  get staying() {
    return this.world.pods.filter(({ terminating }) => !terminating)
  }

  /** Callers go to pods with a place, as edges send them. */
  callers(wanted: number): void {
    const world = this.world.pods.map((pod) => ({ ...pod }))
    let change = wanted - this.calls
    for (; change < 0; change++) {
      const busy = world.filter(({ calls = 0 }) => calls > 0)
      busy[Math.floor(this.chance() * busy.length)]!.calls! -= 1
    }
    for (; change > 0; change--) {
      const free = world.filter(
        ({ ready, terminating, calls = 0 }) => ready && !terminating && calls < capacity.callsPerPod,
      )
      if (free.length === 0) break
      free[Math.floor(this.chance() * free.length)]!.calls! += 1
    }
    this.world = { ...this.world, pods: world }
    this.history = withSeen(this.history, { calls: this.calls, turnedAway: change > 0 }, this.now)
  }

  /** The operator looks, and the ReplicaSet obeys. */
  look(): void {
    this.world = { ...this.world, now: this.now, demand: demandOf(this.history, this.now) }
    const before = this.replicas
    const pods = this.world.pods
    const { world } = cycle(this.world)
    const marks = new Map(world.pods.map(({ name, marked }) => [name, marked]))
    this.world = { ...world, pods: pods.map((pod) => ({ ...pod, marked: marks.get(pod.name) ?? pod.marked })) }
    const after = this.replicas
    if (after > before) this.grownAt = this.now
    if (after < before && this.now - this.grownAt < QUIET_MS) this.shrunkTooSoon++
    this.replicaSet(after)
  }

  private replicaSet(replicas: number): void {
    const taken = takenByReplicaSet(this.staying, Math.max(0, this.staying.length - replicas), this.chance)
    this.cut += taken.filter(({ calls = 0 }) => calls > 0).length
    const rest = this.world.pods.filter((pod) => !taken.includes(pod)).map((pod) => ({ ...pod, ready: true }))
    const counts = (zone: string) => rest.filter((pod) => pod.zone === zone).length
    while (rest.length < replicas) {
      const zone = ZONES.toSorted((a, b) => counts(a) - counts(b))[0]
      rest.push(aPod(zone, { name: `made-${this.made++}`, calls: 0, ready: false }))
    }
    this.world = { ...this.world, pods: rest }
  }

  get skew() {
    const counts = ZONES.map((zone) => this.staying.filter((pod) => pod.zone === zone).length)
    return Math.max(...counts) - Math.min(...counts)
  }
}

describe('pods that follow the calls, over hours', () => {
  const wishes = fc.array(fc.record({ callers: fc.nat(40), looks: fc.integer({ min: 1, max: 60 }) }), {
    minLength: 1,
    maxLength: 25,
  })
  const chances = fc.infiniteStream(fc.double({ min: 0, max: 0.999999, noNaN: true }))

  it('are never taken with a call, never fewer than the calls need, even over the zones, and do not flap', () => {
    fc.assert(
      fc.property(wishes, chances, (all, stream) => {
        const story = new Story(() => stream.next().value!)
        for (const { callers, looks } of all) {
          for (let look = 0; look < looks; look++) {
            story.now += 10 * SECOND
            story.callers(callers)
            story.look()
            expect(story.cut).to.equal(0)
            expect(story.replicas).to.be.at.least(withinLimits(replicasFor(story.calls, capacity), capacity))
            expect(story.skew).to.be.at.most(1)
            expect(story.shrunkTooSoon).to.equal(0)
          }
        }
      }),
      { numRuns: 60 },
    )
  }).timeout(60_000)

  it('are back at the fewest some minutes after the last call', () => {
    const story = new Story(() => 0.3)
    for (let look = 0; look < 30; look++, story.now += 10 * SECOND) {
      story.callers(30)
      story.look()
    }
    expect(story.replicas).to.equal(9)
    expect(story.calls).to.equal(30)
    for (let look = 0; look < 45; look++, story.now += 10 * SECOND) {
      story.callers(0)
      story.look()
    }
    expect(story.replicas).to.equal(3)
  })
})
