// @seconds 76
import { expect } from 'chai'
import { pathOf, resources } from '../../../src/kube/resources.ts'
import { useApiServer } from '../../harness/api-server.ts'
import { forgetPods, startElector, type ElectorProcess, type ElectorEvent } from '../../harness/electors.ts'
import { eventually } from '../../harness/eventually.ts'
import { extent } from '../../harness/extent.ts'
import { ACCOUNT, HOME, installRights } from '../../harness/operator-pods.ts'
import { patient } from '../../harness/patience.ts'

const LEASE_SECONDS = 6
const RETRY_SECONDS = 1
const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** Freezes, kills and restarts. */
const ROUNDS = extent('ROUNDS', { short: 4, whole: 8 })

describe('leader election between real processes', function () {
  this.timeout(180_000)
  const api = useApiServer({ audit: false })
  let running: ElectorProcess[] = []
  const start = async (name: string) => {
    const elector = await startElector(api(), name)
    running.push(elector)
    return elector
  }

  before(() => installRights(api()))
  afterEach(async () => {
    for (const { child } of running) child.kill('SIGKILL')
    await Promise.all(running.map(({ exited }) => exited))
    running = []
    await api().kube.remove(resources.leases, HOME, ACCOUNT)
  })
  after(() => forgetPods())

  /** The first leads and the second stands by, its write having been refused. */
  async function leaderAndStandby(): Promise<[ElectorProcess, ElectorProcess]> {
    const leader = await start('operator-1')
    await leader.next('leads')
    const standby = await start('operator-2')
    await standby.next('refused')
    await leader.next('wrote')
    return [leader, standby]
  }

  it('hands over within the lease and one renewal period when the leader is killed with -9', async () => {
    const [leader, standby] = await leaderAndStandby()
    const leads = standby.next('leads')
    const killed = performance.now()
    leader.child.kill('SIGKILL')
    const { at, term } = await leads
    await standby.next('wrote')
    console.log(`      killed with -9: the standby led after ${((at - killed) / 1000).toFixed(2)} s`)
    expect(at - killed).to.be.below(patient((LEASE_SECONDS + RETRY_SECONDS) * 1000))
    expect(term).to.equal(2)
  })

  it('hands over within a second when the leader ends in order, with exit code 0', async () => {
    const [leader, standby] = await leaderAndStandby()
    const wrote = standby.next('wrote')
    const told = performance.now()
    leader.child.kill('SIGTERM')
    const { at } = await wrote
    console.log(`      ended in order: the standby's first write passed after ${(at - told).toFixed(0)} ms`)
    expect(at - told).to.be.below(patient(1_000))
    expect(await leader.exited).to.equal(0)
  })

  it('refuses every write of a leader that was frozen for longer than the lease; it becomes a standby and can lead again', async () => {
    const [leader, standby] = await leaderAndStandby()
    const leads = standby.next('leads')
    leader.child.kill('SIGSTOP')
    await leads
    await standby.next('wrote')
    await sleep(1_000)
    const before = leader.told.length
    leader.child.kill('SIGCONT')
    await leader.next('stands by')
    const answersSince = () => leader.told.slice(before).filter(({ event }) => event !== 'stands by')
    const after = await eventually(() => {
      expect(answersSince().length).to.be.above(10)
      return answersSince()
    }, 15)
    // The first may be the answer to a write from before the freeze; every one that was begun after it was refused.
    const answers = after.slice(after[0]!.event === 'wrote' ? 1 : 0)
    expect(new Set(answers.map(({ event }) => event))).to.deep.equal(new Set(['refused']))
    expect(
      answers.slice(1).some(({ leads: thought }) => thought),
      'it knows that it does not lead',
    ).to.equal(false)

    standby.child.kill('SIGTERM')
    const { term } = await leader.next('leads')
    expect(term).to.equal(3)
    await leader.next('wrote')
  })

  it('begins a new term when somebody removes the Lease', async () => {
    const [leader, standby] = await leaderAndStandby()
    const leads = Promise.race([leader.next('leads'), standby.next('leads')])
    await api().kube.remove(resources.leases, HOME, ACCOUNT)
    expect((await leads).term).to.equal(2)
  })

  it('survives an outage of the API server: nobody ends, and one leads again', async () => {
    const [leader, standby] = await leaderAndStandby()
    const stands = leader.next('stands by', 40)
    await api().stopApi()
    await stands
    await sleep(8_000)
    const leads = Promise.race([leader.next('leads'), standby.next('leads')])
    await api().startApi()
    await leads
    await Promise.race([leader.next('wrote'), standby.next('wrote')])
    expect([leader.child.exitCode, standby.child.exitCode]).to.deep.equal([null, null])
  })

  it('lets only the holder write, through any freezes, kills and restarts', async () => {
    const holders: { holder: string; version: bigint; at: number }[] = []
    const end = new AbortController()
    const watching = followLease(holders, end.signal)
    let seats = [await start('operator-1'), await start('operator-2')]
    const told: ElectorEvent[][] = seats.map((seat) => seat.told)
    await eventually(() => void expect(told.flat().some(({ event }) => event === 'wrote')).to.equal(true), 20)
    for (let round = 0; round < ROUNDS; round++) {
      const which = round % 2
      const seat = seats[which]!
      // The first two, one of whom leads, are frozen for longer than the lease: it changes hands at least once.
      if (round < 2 || Math.random() < 0.6) {
        seat.child.kill('SIGSTOP')
        await sleep(round < 2 ? 9_500 : 500 + Math.random() * 9_000)
        seat.child.kill('SIGCONT')
      } else {
        seat.child.kill(Math.random() < 0.5 ? 'SIGKILL' : 'SIGTERM')
        await seat.exited
        await sleep(Math.random() * 3_000)
        const again = await start(seat.pod)
        seats = seats.with(which, again)
        told.push(again.told)
      }
      await sleep(Math.random() * 2_000)
    }
    await sleep(8_000)
    end.abort()
    await watching
    const writes = told.flat().filter(({ event }) => event === 'wrote')
    const strange = writes.filter(({ pod, version }) => {
      const holding = holders.findLast((each) => each.version < BigInt(version!))
      return holding?.holder !== pod
    })
    console.log(
      `      ${holders.length} versions of the lease, ${writes.length} writes passed, ${strange.length} from who did not hold it`,
    )
    expect(writes.length).to.be.above(100)
    expect(new Set(holders.map(({ holder }) => holder)).size).to.be.above(1)
    // The fence follows the lease some milliseconds later: a write in just that moment may pass, and none beside.
    for (const { pod, version, at } of strange) {
      const change = holders.findLast((each) => each.version < BigInt(version!))!
      expect(at - change.at, `${pod} wrote after ${change.holder} took the lease`).to.be.below(250)
    }
  })

  async function followLease(
    into: { holder: string; version: bigint; at: number }[],
    signal: AbortSignal,
  ): Promise<void> {
    const query = { watch: true, fieldSelector: `metadata.name=${ACCOUNT}` }
    const lines = api().transport.stream({
      purpose: 'watch',
      method: 'GET',
      path: pathOf(resources.leases, HOME),
      query,
      signal,
      timeoutSeconds: 60,
    })
    try {
      for await (const line of lines) {
        const { object } = JSON.parse(line)
        const version = BigInt(object.metadata.resourceVersion)
        into.push({ holder: object.spec?.holderIdentity ?? '', version, at: performance.now() })
      }
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
})
