import { expect } from 'chai'
import fc from 'fast-check'
import type { Raw } from '../../../src/kube/raw-object.ts'
import { resources } from '../../../src/kube/resources.ts'
import { compareVersions } from '../../../src/kube/resource-version.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'
import { followKind, seen, type Follower } from '../../harness/follower.ts'
import { ToyServer } from '../../harness/toy-server.ts'

const NAMES = ['a', 'b', 'c']
const name = fc.constantFrom(...NAMES)
const step = fc.oneof(
  fc.record({ do: fc.constant('write'), name, absorb: fc.constantFrom('now', 'later', 'never') }),
  fc.record({ do: fc.constant('remove'), name, forget: fc.boolean() }),
  fc.record({ do: fc.constant('tell'), count: fc.integer({ min: 1, max: 3 }) }),
  fc.record({ do: fc.constantFrom('disconnect', 'compact', 'absorb', 'wait') }),
)
interface Step {
  do: string
  name?: string
  absorb?: string
  forget?: boolean
  count?: number
}

describe('an informer', () => {
  const open: Follower[] = []
  afterEach(() => open.splice(0).forEach((follower) => follower.stop()))
  const start = async (server: ToyServer, clock: FakeClock, o: object = {}) => {
    const follower = followKind({ transport: server, resource: resources.pods, clock, chance: () => 0.5, ...o })
    open.push(follower)
    await settle()
    return follower
  }
  const sorted = (all: Iterable<object>) => [...all].map((each) => JSON.stringify(each)).sort()
  const expectTruth = (follower: Follower, server: ToyServer) => {
    const truth = sorted([...server.live.values()].map(seen))
    expect(sorted(follower.informer.list())).to.deep.equal(truth)
    expect(sorted(follower.books.values())).to.deep.equal(truth)
  }

  it('ends up with the truth and tells it in order, whatever comes late, twice, broken or by our own hand', async () => {
    const run = async (steps: Step[], streaming: boolean) => {
      const server = new ToyServer()
      const clock = new FakeClock()
      const follower = await start(server, clock, { streaming })
      const answers: Raw[] = []
      /** The newest write of ours for each name that the informer was given. */
      const given = new Map<string, Raw>()
      const forgotten = new Set<string>()
      const absorb = (answer: Raw) => {
        follower.informer.absorb(answer)
        const known = given.get(answer.metadata.name)
        if (compareVersions(known?.metadata.resourceVersion, answer.metadata.resourceVersion) < 0)
          given.set(answer.metadata.name, answer)
      }
      const expectPromises = () => {
        for (const { metadata } of given.values()) {
          if (server.live.get(metadata.name)?.metadata.uid !== metadata.uid) continue
          const known = follower.informer.get('n', metadata.name)
          expect(known?.uid, 'our own write stays seen').to.equal(metadata.uid)
          expect(compareVersions(known?.resourceVersion, metadata.resourceVersion)).to.be.at.least(0)
        }
        for (const { uid } of follower.informer.list())
          expect(forgotten.has(uid), 'our own removal stays seen').to.equal(false)
      }
      for (const { do: what, name = '', absorb: when, forget, count = 0 } of steps) {
        if (what === 'write') {
          const answer = server.write(name)
          if (when === 'now') absorb(answer)
          if (when === 'later') answers.push(answer)
        }
        if (what === 'remove') {
          const gone = server.remove(name)
          const known = follower.informer.get('n', name)
          if (gone && forget && known?.uid === gone.metadata.uid) {
            follower.informer.forget('n', name, known!.uid)
            forgotten.add(known!.uid)
          }
        }
        if (what === 'absorb') answers.splice(0).forEach(absorb)
        if (what === 'tell') server.tell(count)
        if (what === 'disconnect') server.disconnect()
        if (what === 'compact') server.compact()
        await clock.pass(what === 'wait' ? 30_000 : 0)
        expectPromises()
      }
      answers.splice(0).forEach(absorb)
      for (let round = 0; round < 3; round++) {
        server.sendToAll()
        await clock.pass(30_000)
      }
      expectTruth(follower, server)
      expect(follower.problems).to.deep.equal([])
      follower.stop()
    }
    await fc.assert(
      fc.asyncProperty(fc.array(step as fc.Arbitrary<Step>, { maxLength: 30, size: 'max' }), fc.boolean(), run),
      {
        numRuns: 4000,
      },
    )
  }).timeout(120_000)

  it('is not fooled by an answer of ours that comes late, while a list runs and tells that the object is gone', async () => {
    const server = new ToyServer()
    const clock = new FakeClock()
    let late: Raw | undefined = undefined
    const follower: Follower = await start(server, clock, {
      onChange: (_before: object | undefined, after: object | undefined) => {
        if (!after && late) follower.informer.absorb(late)
      },
    })
    server.write('a')
    server.sendToAll()
    await settle()
    server.compact()
    server.write('b')
    server.compact()
    server.disconnect()
    await clock.pass(1000)
    late = server.write('a')
    server.remove('a')
    server.sendToAll()
    await clock.pass(1000)
    expect(follower.lists).to.deep.equal(['start', 'expired'])
    expectTruth(follower, server)
  })

  it('keeps forgotten what a list that was running had named before', async () => {
    const server = new ToyServer()
    const clock = new FakeClock()
    const follower = await start(server, clock, { streaming: true })
    server.disconnect()
    follower.informer.absorb(server.write('a'))
    server.compact()
    await clock.pass(30_000)
    server.write('a')
    const { metadata } = server.remove('a')!
    follower.informer.forget('n', 'a', metadata.uid!)
    for (let news = 0; news < 3; news++) {
      server.tell(1)
      await clock.pass(0)
      expect(follower.informer.get('n', 'a'), `after ${news + 1} of 3 news`).to.equal(undefined)
    }
    follower.stop()
  })

  it('believes an API server that went back in time, over what it knows itself', async () => {
    const server = new ToyServer()
    const clock = new FakeClock()
    server.write('a')
    server.write('b')
    const follower = await start(server, clock)
    server.write('a')
    server.write('c')
    server.remove('b')
    server.sendToAll()
    await settle()
    server.restore(102)
    await clock.pass(10_000)
    expect(follower.lists).to.deep.equal(['start', 'from-the-future'])
    const names = [...follower.informer.list()].map(({ name, resourceVersion }) => `${name} ${resourceVersion}`)
    expect(names.sort()).to.deep.equal(['a 101', 'b 102'])
    server.write('a')
    server.sendToAll()
    await settle()
    expectTruth(follower, server)
  })

  it('lists in pages where the server knows no lists through a watch', async () => {
    const server = new ToyServer()
    server.refusesStreamedLists = true
    server.write('a')
    const clock = new FakeClock()
    const follower = await start(server, clock)
    await clock.pass(1000)
    server.sendToAll()
    await settle()
    expect(follower.informer.hasSynced).to.equal(true)
    expectTruth(follower, server)
  })

  it('does not take in what its label selector or namespace leaves out', async () => {
    const server = new ToyServer()
    const follower = await start(server, new FakeClock(), { labelSelector: 'a=b', namespace: 'n' })
    const object = (namespace: string, labels: Record<string, string>): Raw => ({
      metadata: { namespace, name: 'x', uid: 'u', resourceVersion: '900', labels },
    })
    follower.informer.absorb(object('n', {}))
    follower.informer.absorb(object('m', { a: 'b' }))
    expect(follower.informer.size).to.equal(0)
    follower.informer.absorb(object('n', { a: 'b' }))
    expect(follower.informer.size).to.equal(1)
  })

  it('waits longer and longer for a server that is gone, and never more than 5 s', async () => {
    const clock = new FakeClock()
    const tries: number[] = []
    const down = new ToyServer()
    down.stream = () => {
      tries.push(clock.monotonic())
      throw new Error('gone')
    }
    await start(down, clock)
    await clock.pass(60_000)
    const waits = tries.slice(1).map((at, index) => at - tries[index]!)
    expect(waits.slice(0, 4)).to.deep.equal([150, 300, 600, 1200])
    expect(Math.max(...waits)).to.be.at.most(5000)
    expect(tries.length).to.be.greaterThan(12)
  })

  it('lists at once when a server that was gone for long is back and what it knows is too old (410)', async () => {
    const server = new ToyServer()
    const clock = new FakeClock()
    const follower = await start(server, clock)
    const answer = server.stream.bind(server)
    server.stream = () => {
      throw new Error('gone')
    }
    server.disconnect()
    await clock.pass(60_000)
    server.write('a')
    server.compact()
    let back = 0
    server.stream = (request) => {
      back ||= clock.monotonic()
      return answer(request)
    }
    while (follower.lists.length < 2 && clock.monotonic() < 90_000) await clock.pass(50)
    expect(follower.lists).to.deep.equal(['start', 'expired'])
    expect(clock.monotonic() - back, 'milliseconds from the 410 to the list').to.be.at.most(50)
    server.sendToAll()
    await settle()
    expectTruth(follower, server)
  })

  it('stops when asked to, and leaves no timer behind', async () => {
    const server = new ToyServer()
    const clock = new FakeClock()
    const follower = await start(server, clock)
    follower.stop()
    await settle()
    server.write('a')
    server.sendToAll()
    await clock.pass(60_000)
    expect(follower.informer.size).to.equal(0)
    expect(clock.pending).to.equal(0)
  })
})
