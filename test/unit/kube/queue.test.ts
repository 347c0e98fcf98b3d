import { expect } from 'chai'
import fc from 'fast-check'
import { createQueue, HEAD_START, type Priority, type WorkQueue } from '../../../src/kube/queue.ts'
import { URGENT_KEYS } from '../../../src/kube/urgent-allowance.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

const PRIORITIES: Priority[] = ['high', 'normal', 'low']

function make(chance = 0) {
  const clock = new FakeClock()
  return { clock, queue: createQueue({ clock, chance: () => chance }) }
}

/** Takes what waits now, in order, without finishing it. */
async function takeAll(queue: WorkQueue): Promise<string[]> {
  const keys: string[] = []
  while (queue.depth() > 0) keys.push((await queue.next())!)
  return keys
}

describe('the work queue', () => {
  it('hands out keys in the order of their adding', async () => {
    const { queue } = make()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    expect(await takeAll(queue)).to.deep.equal(['a', 'b', 'c'])
  })

  it('holds a key once however often it is added', async () => {
    const { queue } = make()
    for (let i = 0; i < 5; i++) queue.add('a')
    expect(queue.depth()).to.equal(1)
    expect(await takeAll(queue)).to.deep.equal(['a'])
  })

  it('never gives a key to a second worker while the first has it', async () => {
    const { queue } = make()
    queue.add('a')
    await queue.next()
    queue.add('a')
    queue.add('a')
    expect(queue.depth()).to.equal(0)
  })

  it('brings a key that was added during its work back once', async () => {
    const { queue } = make()
    queue.add('a')
    await queue.next()
    queue.add('a')
    queue.add('a')
    queue.done('a')
    expect(await takeAll(queue)).to.deep.equal(['a'])
    queue.done('a')
    expect(queue.depth()).to.equal(0)
  })

  it('serves high before normal before low', async () => {
    const { queue } = make()
    queue.add('low', 'low')
    queue.add('normal')
    queue.add('high', 'high')
    expect(await takeAll(queue)).to.deep.equal(['high', 'normal', 'low'])
  })

  it('moves a waiting key forward when it is added as more urgent, and never back', async () => {
    const { queue } = make()
    queue.add('a', 'low')
    queue.add('b')
    queue.add('a', 'high')
    queue.add('a', 'low')
    expect(queue.depth('high')).to.equal(1)
    expect(queue.depth('low')).to.equal(0)
    expect(await takeAll(queue)).to.deep.equal(['a', 'b'])
  })

  it('lets a low key that waited its head start out pass before fresh high ones', async () => {
    const { queue, clock } = make()
    queue.add('old', 'low')
    await clock.pass(HEAD_START.low + 1)
    queue.add('fresh', 'high')
    expect(await takeAll(queue)).to.deep.equal(['old', 'fresh'])
  })

  it('keeps a delayed key back until its time, and the earliest of several times counts', async () => {
    const { queue, clock } = make()
    queue.addAfter('a', 10)
    queue.addAfter('a', 3)
    queue.addAfter('a', 7)
    await clock.pass(2_999)
    expect(queue.depth()).to.equal(0)
    await clock.pass(1)
    expect(await takeAll(queue)).to.deep.equal(['a'])
    queue.done('a')
    await clock.pass(60_000)
    expect(queue.depth(), 'it comes once').to.equal(0)
  })

  it('takes a delay of weeks, which is more than a timer can hold', async () => {
    const { queue, clock } = make()
    queue.addAfter('a', 60 * 86_400)
    await clock.pass(59 * 86_400_000)
    expect(queue.depth()).to.equal(0)
    await clock.pass(86_400_000)
    expect(queue.depth()).to.equal(1)
  })

  it('doubles the wait of a key that fails again, from 5 ms up to 300 s, and resets it after a success', () => {
    const { queue } = make()
    const waits = Array.from({ length: 20 }, () => queue.retry('a'))
    expect(waits.slice(0, 4)).to.deep.equal([0.005, 0.01, 0.02, 0.04])
    expect(waits.at(-1)).to.equal(300)
    expect(queue.retry('other'), 'each key has its own').to.equal(0.005)
    queue.forget('a')
    expect(queue.retry('a')).to.equal(0.005)
  })

  it('wakes a worker that waits, in the order of their coming', async () => {
    const { queue } = make()
    const got: string[] = []
    for (const worker of ['first', 'second']) void queue.next().then((key) => got.push(`${worker}:${key}`))
    queue.add('a')
    queue.add('b')
    await settle()
    expect(got).to.deep.equal(['first:a', 'second:b'])
  })

  it('gives nothing to a worker that left', async () => {
    const { queue } = make()
    const leave = new AbortController()
    const gone = queue.next(leave.signal)
    leave.abort()
    expect(await gone).to.equal(undefined)
    queue.add('a')
    expect(queue.depth()).to.equal(1)
  })

  it('takes a key that is handed back into its old place, with what was asked meanwhile', async () => {
    const { queue, clock } = make()
    queue.add('a')
    await queue.next()
    await clock.pass(10)
    queue.add('b')
    queue.add('a', 'high')
    queue.giveBack('a')
    expect(queue.depth()).to.equal(2)
    expect(await takeAll(queue)).to.deep.equal(['a', 'b'])
  })

  it('lets every worker go when it closes, and takes nothing more', async () => {
    const { queue, clock } = make()
    const waiting = queue.next()
    queue.addAfter('later', 1)
    queue.close()
    expect(await waiting).to.equal(undefined)
    queue.add('a')
    await clock.pass(2_000)
    expect(await queue.next()).to.equal(undefined)
    expect(clock.pending, 'no timer is left').to.equal(0)
  })
})

describe('the work queue of many namespaces', () => {
  const crowd = Array.from({ length: 300 }, (_, nth) => `hostile/${nth}`)

  for (const priority of PRIORITIES)
    it(`serves them in rotation: a key of one does not wait until 300 of another are done (${priority})`, async () => {
      const { queue } = make()
      for (const key of crowd) queue.add(key, priority)
      for (const key of ['roses/a', 'roses/b', 'lilas/a']) queue.add(key, priority)
      const order = await takeAll(queue)
      expect(order.indexOf('roses/a')).to.be.below(URGENT_KEYS + 1)
      expect(order.slice(order.indexOf('roses/a'), order.indexOf('roses/a') + 4)).to.include.members([
        ...['roses/a', 'lilas/a', 'roses/b'],
      ])
      expect(order.filter((key) => key.startsWith('hostile/'))).to.deep.equal(crowd)
    })

  it('has so many urgent keys of each as a person applies, and what is more waits with all others', async () => {
    const { queue, clock } = make()
    queue.add('roses/status')
    for (const key of crowd) queue.add(key, 'high')
    const order = await takeAll(queue)
    expect(order.indexOf('roses/status')).to.equal(URGENT_KEYS)
    for (const key of order) queue.done(key)
    await clock.pass(5_000)
    queue.add('roses/status')
    queue.add('hostile/1', 'high')
    expect(await takeAll(queue), 'after a while it has them again').to.deep.equal(['hostile/1', 'roses/status'])
  })

  it('serves each that waits once before any twice, of keys that are equally urgent, whatever comes', async () => {
    const arrival = fc.record({ namespace: fc.constantFrom('a', 'b', 'c', 'd'), serve: fc.nat(2) })
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 60 }), async (arrivals) => {
        const { queue } = make()
        const waiting: string[] = []
        /** By namespace that waits: which others were served since it began to wait, or was served. */
        const served = new Map<string, string[]>()
        const serve = async () => {
          const key = (await queue.next())!
          const own = key[0]!
          expect(key, 'within a namespace the oldest').to.equal(waiting.find((each) => each[0] === own))
          waiting.splice(waiting.indexOf(key), 1)
          for (const [other, since] of served) {
            if (other === own) continue
            expect(since, `${own} was served twice while ${other} waited`).not.to.include(own)
            since.push(own)
          }
          served.delete(own)
          if (waiting.some((each) => each[0] === own)) served.set(own, [])
        }
        for (const [nth, { namespace, serve: times }] of arrivals.entries()) {
          queue.add(`${namespace}/${nth}`)
          waiting.push(`${namespace}/${nth}`)
          if (!served.has(namespace)) served.set(namespace, [])
          for (let n = 0; n < times && waiting.length > 0; n++) await serve()
        }
        while (waiting.length > 0) await serve()
      }),
      { numRuns: 300 },
    )
  })
})

describe('the work queue, whatever happens', () => {
  const step = fc.oneof(
    fc.record({ do: fc.constant('add' as const), key: fc.nat(8), priority: fc.constantFrom(...PRIORITIES) }),
    fc.record({ do: fc.constant('later' as const), key: fc.nat(8), ms: fc.nat(5_000) }),
    fc.record({ do: fc.constant('take' as const) }),
    fc.record({ do: fc.constant('finish' as const), which: fc.nat(8) }),
    fc.record({ do: fc.constant('fail' as const), which: fc.nat(8) }),
    fc.record({ do: fc.constant('return' as const), which: fc.nat(8) }),
    fc.record({ do: fc.constant('pass' as const), ms: fc.nat(20_000) }),
  )

  it('loses no key and never gives one to two workers', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 80 }), async (steps) => {
        const { queue, clock } = make(0.5)
        const inHand: string[] = []
        // Keys that were asked for after their last hand-out: each must come out (again).
        const owed = new Set<string>()
        const take = async () => {
          const key = (await queue.next())!
          expect(inHand).not.to.include(key)
          owed.delete(key)
          inHand.push(key)
        }
        const leave = (which: number, how: (key: string) => void) => {
          const [key] = inHand.splice(which % Math.max(1, inHand.length), 1)
          if (key !== undefined) how(key)
        }
        for (const s of steps) {
          if (s.do === 'add') (queue.add(`${s.key}`, s.priority), owed.add(`${s.key}`))
          if (s.do === 'later') (queue.addAfter(`${s.key}`, s.ms / 1000), owed.add(`${s.key}`))
          if (s.do === 'take' && queue.depth() > 0) await take()
          if (s.do === 'finish') leave(s.which, (key) => queue.done(key))
          if (s.do === 'fail') leave(s.which, (key) => (queue.retry(key), owed.add(key), queue.done(key)))
          if (s.do === 'return') leave(s.which, (key) => (queue.giveBack(key), owed.add(key)))
          if (s.do === 'pass') await clock.pass(s.ms)
          expect(queue.depth()).to.equal(queue.depth('high') + queue.depth('normal') + queue.depth('low'))
        }
        for (const key of inHand.splice(0)) queue.done(key)
        await clock.pass(400_000)
        while (queue.depth() > 0) {
          await take()
          queue.done(inHand.pop()!)
        }
        expect([...owed]).to.deep.equal([])
      }),
      { numRuns: 300 },
    )
  })

  it('lets nobody be overtaken by what comes later than its head start: none starves', async () => {
    const arrival = fc.record({ gap: fc.nat(4_000), priority: fc.constantFrom(...PRIORITIES), serve: fc.nat(2) })
    await fc.assert(
      fc.asyncProperty(fc.array(arrival, { maxLength: 120 }), async (arrivals) => {
        const { queue, clock } = make()
        const came = new Map<string, { at: number; priority: Priority }>()
        const waiting = new Set<string>()
        const serve = async () => {
          const key = (await queue.next())!
          waiting.delete(key)
          queue.done(key)
          const mine = came.get(key)!
          for (const other of waiting) {
            const { at, priority } = came.get(other)!
            expect(mine.at, `${key} overtook ${other}`).to.be.at.most(at + HEAD_START[priority])
          }
        }
        for (const [i, { gap, priority, serve: times }] of arrivals.entries()) {
          await clock.pass(gap)
          queue.add(`k${i}`, priority)
          came.set(`k${i}`, { at: clock.monotonic(), priority })
          waiting.add(`k${i}`)
          for (let n = 0; n < times && queue.depth() > 0; n++) await serve()
        }
        while (queue.depth() > 0) await serve()
        expect(waiting.size).to.equal(0)
      }),
      { numRuns: 100 },
    )
  })
})
