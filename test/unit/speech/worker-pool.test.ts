import { expect } from 'chai'
import { systemClock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createPool, type Pool, type RunOptions } from '../../../src/speech/worker-pool.ts'
import { eventually } from '../../harness/eventually.ts'
import type { ToyJob } from '../../harness/toy-engine.ts'

const live: RunOptions = { lane: 'live' }

describe('a pool of engines', () => {
  let pool: Pool<ToyJob, string>
  const waits: number[] = []

  function open(size = 1, room = { live: 2, ahead: 2 }) {
    pool = createPool<ToyJob, string>({
      script: new URL('../../harness/toy-engine.ts', import.meta.url),
      task: { kind: 'tts', speakers: [], threads: 1 },
      ...{ size, room, clock: systemClock, log: silent },
      observer: { waited: (seconds) => waits.push(seconds), worked: () => undefined },
    })
    return eventually(() => expect(pool.ready()).to.equal(size))
  }
  afterEach(() => pool.close())

  const failure = (promise: Promise<unknown>) =>
    promise.then(
      () => undefined,
      (error: Error) => error.message,
    )

  it('answers each job with its own result, whichever engine took it', async () => {
    await open(3, { live: 50, ahead: 1 })
    const said = Array.from({ length: 20 }, (_, index) => `job ${index}`)
    const heard = await Promise.all(said.map((say, index) => pool.run({ say, afterMs: (index * 7) % 5 }, live)))
    expect(heard).to.deep.equal(said)
  })

  it('serves live requests before what is rendered ahead', async () => {
    await open()
    const order: string[] = []
    const run = (say: string, lane: 'live' | 'ahead') =>
      pool.run({ say, afterMs: 5 }, { lane }).then((done) => order.push(done))
    await Promise.all([run('first', 'ahead'), run('ahead', 'ahead'), run('live 1', 'live'), run('live 2', 'live')])
    expect(order).to.deep.equal(['first', 'live 1', 'live 2', 'ahead'])
  })

  it('turns away what finds its lane full, at once, and takes the rest of what has begun all the same', async () => {
    await open()
    const running = [1, 2, 3].map((each) => pool.run({ say: `${each}`, afterMs: 20 }, live))
    expect(pool.waiting('live')).to.equal(2)
    expect(await failure(pool.run({ say: 'too much' }, live))).to.match(/too many requests/)
    running.push(pool.run({ say: '4' }, { lane: 'live', mustFit: true }))
    expect(await Promise.all(running)).to.deep.equal(['1', '2', '3', '4'])
  })

  it('gives up what takes too long, waiting included, and goes on with the next', async () => {
    await open()
    const slow = pool.run({ say: 'slow', afterMs: 150 }, { ...live, timeoutMs: 30 })
    const waiting = pool.run({ say: 'waiting' }, { ...live, timeoutMs: 30 })
    const patient = pool.run({ say: 'patient' }, live)
    expect(await failure(slow)).to.match(/no time/)
    expect(await failure(waiting)).to.match(/no time/)
    expect(await patient).to.equal('patient')
  })

  it('never gives an answer that is late to the next who asks', async () => {
    await open()
    const slow = failure(pool.run({ say: 'late', afterMs: 60 }, { ...live, timeoutMs: 10 }))
    expect(await slow).to.match(/no time/)
    expect(await pool.run({ say: 'mine' }, live)).to.equal('mine')
  })

  it('forgets a job whose client is gone before its turn', async () => {
    await open()
    const first = pool.run({ say: 'first', afterMs: 30 }, live)
    const gone = new AbortController()
    const left = failure(pool.run({ say: 'left' }, { ...live, signal: gone.signal }))
    gone.abort(new Error('the client is gone'))
    expect(await left).to.equal('the client is gone')
    expect(pool.waiting('live')).to.equal(0)
    expect(await first).to.equal('first')
  })

  it('tells a failure of the engine to who asked, and serves on', async () => {
    await open()
    expect(await failure(pool.run({ say: 'no such phoneme', fail: true }, live))).to.equal('no such phoneme')
    expect(await pool.run({ say: 'next' }, live)).to.equal('next')
  })

  it('starts an engine again that died, and loses only the job that it was at', async () => {
    await open()
    const lost = failure(pool.run({ say: '', die: true }, live))
    const kept = pool.run({ say: 'kept' }, live)
    expect(await lost).to.match(/stopped while it worked/)
    expect(pool.ready()).to.equal(0)
    expect(await kept).to.equal('kept')
  })

  it('tells how long its oldest job runs, so that a stuck engine shows', async () => {
    await open()
    const running = pool.run({ say: '', afterMs: 80 }, live)
    expect(pool.longestRun()).to.be.below(0.05)
    await eventually(() => expect(pool.longestRun()).to.be.above(0.05))
    await running
    expect(pool.longestRun()).to.equal(0)
  })
})
