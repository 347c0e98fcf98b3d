import { expect } from 'chai'
import { startController, type ControllerOptions } from '../../../src/kube/controller.ts'
import { ApiError } from '../../../src/kube/errors.ts'
import { createQueue } from '../../../src/kube/queue.ts'
import { silent } from '../../../src/runtime/log.ts'
import { FakeClock, settle } from '../../harness/fake-clock.ts'

/** A reconcile whose end the test decides. */
function bench(options: Partial<ControllerOptions> = {}) {
  const clock = new FakeClock()
  const queue = createQueue({ clock, chance: () => 0 })
  const running = new Map<string, { end: (error?: Error) => void; signal: AbortSignal }>()
  const began: string[] = []
  const results: string[] = []
  const warnings: string[] = []
  let leads = true
  let fenced = 0
  const controller = startController({
    name: 'test',
    queue,
    clock,
    concurrency: 2,
    mayWork: () => leads,
    reconcile: (key, signal) =>
      new Promise((resolve, reject) => {
        began.push(key)
        running.set(key, { signal, end: (error) => (error ? reject(error) : resolve(undefined)) })
        signal.addEventListener('abort', () => reject(new Error('aborted')))
      }),
    log: { ...silent, warn: (_, message) => warnings.push(message) },
    metrics: { started: () => {}, finished: (result) => results.push(result), fenced: () => fenced++ },
    ...options,
  })
  const end = async (key: string, error?: Error) => {
    running.get(key)!.end(error)
    running.delete(key)
    await settle()
  }
  return {
    clock,
    queue,
    controller,
    running,
    began,
    results,
    warnings,
    end,
    lead: (to: boolean) => (leads = to),
    fenced: () => fenced,
  }
}

const fenceRefusal = () =>
  new ApiError({
    status: 403,
    reason: 'Forbidden',
    message: `ValidatingAdmissionPolicy 'callbot-operator-fence' denied request`,
  })

describe('a controller', () => {
  it('works on as many keys at once as it may, and no more', async () => {
    const { queue, began, end } = bench()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    await settle()
    expect(began).to.deep.equal(['a', 'b'])
    await end('a')
    expect(began).to.deep.equal(['a', 'b', 'c'])
  })

  it('tries a key that failed again after its wait, and says so', async () => {
    const { queue, clock, began, end, results, warnings } = bench()
    queue.add('a')
    await settle()
    await end('a', new Error('no luck'))
    expect([began.length, results, warnings]).to.deep.equal([1, ['error'], ['reconcile failed']])
    await clock.pass(5)
    expect(began).to.deep.equal(['a', 'a'])
  })

  it('looks again when the reconcile asked for it', async () => {
    const { queue, clock, began, results } = bench({
      reconcile: async (key) => (began.push(key), { recheckAfterSeconds: 30 }),
    })
    queue.add('a')
    await settle()
    expect(results).to.deep.equal(['requeue_after'])
    await clock.pass(29_999)
    expect(began.length).to.equal(1)
    await clock.pass(1)
    expect(began.length).to.equal(2)
  })

  for (const [seconds, next] of [
    [0.5, 'a'],
    [30, 'new'],
  ] as const) {
    it(`takes ${next} first when another look after ${seconds} s falls due before new work comes`, async () => {
      let release = () => {}
      const { queue, clock, began } = bench({
        concurrency: 1,
        reconcile: async (key) => {
          began.push(key)
          if (key === 'long') await new Promise<void>((resolve) => (release = resolve))
          return key === 'a' && began.length === 1 ? { recheckAfterSeconds: seconds } : {}
        },
      })
      queue.add('a')
      await settle()
      queue.add('long')
      await clock.pass(seconds * 1000 + 1000)
      queue.add('new')
      release()
      await settle()
      expect(began).to.deep.equal(['a', 'long', next, next === 'a' ? 'new' : 'a'])
    })
  }

  it('starts nothing without leadership, keeps the keys, and begins at once when woken', async () => {
    const { queue, controller, clock, began, lead } = bench()
    lead(false)
    await settle()
    queue.add('a')
    await clock.pass(5_000)
    expect(began).to.deep.equal([])
    lead(true)
    controller.wake()
    await settle()
    expect(began).to.deep.equal(['a'])
  })

  it('begins within 100 ms of leadership even when nobody wakes it', async () => {
    const { queue, clock, began, lead } = bench()
    lead(false)
    queue.add('a')
    await clock.pass(1_000)
    lead(true)
    await clock.pass(100)
    expect(began).to.deep.equal(['a'])
  })

  it('asks for leadership when a key comes, not only when it began to wait', async () => {
    const { queue, began, lead, clock } = bench()
    await settle()
    lead(false)
    queue.add('a')
    await settle()
    expect(began).to.deep.equal([])
    expect(queue.depth()).to.equal(1)
    lead(true)
    await clock.pass(100)
    expect(began).to.deep.equal(['a'])
  })

  it('drops work that the fence refused without a failure, a warning or a wait when it leads no more', async () => {
    const { queue, clock, began, end, results, warnings, fenced, lead } = bench()
    queue.add('a')
    for (let i = 1; i <= 12; i++) {
      lead(true)
      await clock.pass(200)
      expect(began.length).to.equal(i)
      lead(false)
      await end('a', new Error('apply failed', { cause: fenceRefusal() }))
    }
    expect([fenced(), new Set(results), warnings]).to.deep.equal([12, new Set(['requeue']), []])
  })

  it('tries again within milliseconds when the fence is behind at the start of a term, and speaks up if that lasts', async () => {
    const { queue, clock, began, end, warnings } = bench()
    queue.add('a')
    await settle()
    for (let i = 1; i <= 5; i++) {
      await end('a', fenceRefusal())
      await clock.pass(200)
    }
    expect([began.length, warnings]).to.deep.equal([6, []])
    for (let i = 1; i <= 5; i++) {
      await end('a', fenceRefusal())
      await clock.pass(10_000)
    }
    expect(new Set(warnings)).to.deep.equal(new Set(['a write was rejected: another pod holds the lease']))
  })

  it('takes another 403 for the fault that it is', async () => {
    const { queue, end, results } = bench()
    queue.add('a')
    await settle()
    await end('a', new ApiError({ status: 403, reason: 'Forbidden', message: 'secrets is forbidden' }))
    expect(results).to.deep.equal(['error'])
  })

  it('interrupts what runs when leadership ends, and keeps its keys for the next term', async () => {
    const { queue, controller, clock, began, lead, running, warnings } = bench()
    queue.add('a')
    await settle()
    lead(false)
    controller.interrupt()
    expect(running.get('a')!.signal.aborted).to.equal(true)
    await clock.pass(1_000)
    expect([began, warnings]).to.deep.equal([['a'], []])
    lead(true)
    await clock.pass(1_000)
    expect(began).to.deep.equal(['a', 'a'])
  })

  it('tells a reconcile that takes too long to stop, and counts it as failed', async () => {
    const { queue, clock, results, running } = bench({ timeoutSeconds: 20 })
    queue.add('a')
    await clock.pass(19_999)
    expect(running.get('a')!.signal.aborted).to.equal(false)
    await clock.pass(1)
    expect(results).to.deep.equal(['error'])
  })

  it('shows for how long a reconcile has ignored that', async () => {
    const { queue, controller, clock } = bench({ timeoutSeconds: 20, reconcile: () => new Promise(() => {}) })
    queue.add('a')
    await clock.pass(20_000)
    expect(controller.stuckSeconds()).to.equal(0)
    await clock.pass(45_000)
    expect(controller.stuckSeconds()).to.equal(45)
  })

  it('finishes what runs when it stops, and takes nothing new', async () => {
    const { queue, controller, began, end, results } = bench()
    for (const key of ['a', 'b', 'c']) queue.add(key)
    await settle()
    let stopped = false
    const stop = controller.stop().then(() => (stopped = true))
    await end('a')
    expect(stopped).to.equal(false)
    await end('b')
    await stop
    expect([began, results]).to.deep.equal([
      ['a', 'b'],
      ['success', 'success'],
    ])
  })

  it('cuts short what has not finished by the deadline of the stop', async () => {
    const { queue, controller, clock, running } = bench()
    queue.add('a')
    await settle()
    const { signal } = running.get('a')!
    const stop = controller.stop(10)
    await clock.pass(9_999)
    expect(signal.aborted).to.equal(false)
    await clock.pass(1)
    expect(signal.aborted).to.equal(true)
    await stop
  })

  it('stops even when a reconcile ignores its signal', async () => {
    const { queue, controller, clock } = bench({ reconcile: () => new Promise(() => {}) })
    queue.add('a')
    await settle()
    const stop = controller.stop(10)
    await clock.pass(11_000)
    await stop
  })
})
