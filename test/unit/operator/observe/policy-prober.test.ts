import { expect } from 'chai'
import { createPolicyProber } from '../../../../src/operator/observe/policy-prober.ts'
import type { CachedPod } from '../../../../src/operator/observe/projections.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const [CLOSED, OPEN] = [8_448, 8_443]

describe('trying whether network policies are enforced', () => {
  let clock: FakeClock
  let end: AbortController
  let pods: Partial<CachedPod>[]
  let told: string[]
  let tried: string[]
  /** Pods that nothing protects, and pods that answer nowhere. */
  let unprotected: Set<string>
  let dead: Set<string>
  let closedPort: number | undefined
  let leads: boolean
  const pod = (uid: string): Partial<CachedPod> => ({
    ...{ uid, namespace: 'lilas', bot: 'accueil', ip: uid },
    ...{ running: true, ready: true, terminating: false },
  })
  const start = () => {
    const prober = createPolicyProber({
      caches: {
        bots: { list: () => [{ namespace: 'lilas', name: 'accueil' }] },
        pods: { byIndex: () => pods },
      } as never,
      closedPortOf: () => closedPort,
      connects: ({ ip }, port) => {
        if (port === CLOSED) tried.push(ip)
        return Promise.resolve(!dead.has(ip) && (port === OPEN || unprotected.has(ip)))
      },
      ...{ openPort: OPEN, mayAsk: () => leads, clock, onChange: (bot: string) => told.push(bot) },
    })
    void prober.run(end.signal)
    return () => prober.of('lilas/accueil')
  }

  beforeEach(() => {
    clock = new FakeClock()
    end = new AbortController()
    pods = [pod('a'), pod('b')]
    ;[told, tried, unprotected, dead] = [[], [], new Set(), new Set()]
    ;[closedPort, leads] = [CLOSED, true]
  })
  afterEach(() => end.abort())

  it('finds them enforced where the closed port refuses and the open one does not', async () => {
    const found = start()
    await clock.pass(1_000)
    expect(found()).to.equal('Enforced')
    await clock.pass(600_000)
    expect(told).to.deep.equal(['lilas/accueil'])
  })

  it('tries each pod in its turn, since each node enforces policies by itself', async () => {
    start()
    await clock.pass(100_000)
    expect(tried).to.deep.equal(['a', 'b', 'a', 'b'])
  })

  it('finds them not enforced when the same pod is reached again 25 s later, and not before', async () => {
    unprotected.add('a')
    const found = start()
    await clock.pass(24_000)
    expect(found()).to.equal(undefined)
    await clock.pass(10_000)
    expect(found()).to.equal('NotEnforced')
  })

  it('forgives a pod that was reached in its first seconds', async () => {
    unprotected.add('a')
    const found = start()
    await clock.pass(1_000)
    unprotected.clear()
    await clock.pass(30_000)
    expect(found()).to.equal('Enforced')
  })

  it('does not alternate while one of two pods is reached', async () => {
    unprotected.add('b')
    const found = start()
    await clock.pass(600_000)
    expect(found()).to.equal('NotEnforced')
    expect(told).to.have.lengthOf(2)
  })

  it('finds them enforced again when that pod refuses, or is gone', async () => {
    unprotected.add('a')
    const found = start()
    await clock.pass(40_000)
    pods = [pod('b')]
    await clock.pass(40_000)
    expect(found()).to.equal('Enforced')
  })

  it('concludes nothing from a pod that answers nowhere, is not ready, or does not listen at the closed port', async () => {
    dead = new Set(['a', 'b'])
    const found = start()
    await clock.pass(100_000)
    expect(found()).to.equal(undefined)
    ;[dead, closedPort] = [new Set(), undefined]
    await clock.pass(100_000)
    expect(found()).to.equal(undefined)
    ;[closedPort, pods] = [CLOSED, [{ ...pod('a'), ready: false }]]
    await clock.pass(100_000)
    expect(found()).to.equal(undefined)
  })

  it('tries nothing while another replica leads', async () => {
    leads = false
    start()
    await clock.pass(100_000)
    expect(tried).to.deep.equal([])
  })
})
