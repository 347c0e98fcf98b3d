// @programs operator edge voice  @seconds 160  @alone
// @guard test/e2e/zone-cut-shows-within-ten-seconds.test.ts
import { expect } from 'chai'
import { median, percentile } from '../../bench/voice/figures.ts'
import { cutZone, freezeZone, healAll, healZone, thawZone } from '../../hack/cluster/faults.ts'
import { zones as allZones, type Zone } from '../../hack/cluster/settings.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { stolenRow, watchStolenTime } from '../../hack/calls/processor-time.ts'
import { callerOf, edgeAuthority, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { answeredAt, callFromOutside, type OutsideCalls } from '../harness/live-calls.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import { judgesVoice } from '../harness/judged-voice.ts'
import * as zones from '../harness/three-zones.ts'
import * as calls from '../harness/whole-calls.ts'

/** How long the zone is gone. */
const SECONDS = extent('ZONE_SECONDS', { short: 20, whole: 60 })
const PER_SECOND = 4
/** In which the same callers show how long a set-up takes when all is well. */
const BASELINE_SECONDS = 9
/** How long a carrier waits for the 100 of an edge, or for the connection to it. */
const PATIENCE_MS = 500
const ADDED_MS = 1_000
const SHOWN_SECONDS = 5
const BACK_SECONDS = 120
/** Calls of SIPp in each second by each edge that is left: a witness that is not ours. */
const OUTSIDE_PER_SECOND = 1
/** The longest that a bot takes to say its sentence and hang up. */
const OUTSIDE_MS = 30_000
/** In which a ghost would have spoken. */
const GHOST_SECONDS = 5

const FAULTS = [
  { name: 'cut off', make: cutZone, undo: healZone },
  { name: 'frozen', make: freezeZone, undo: thawZone },
]
type Fault = (typeof FAULTS)[number]

/** Who calls which bot, and by which edges, in the order in which they are dialled. */
interface Way {
  name: string
  bot: 'spread' | 'pair'
  doors: calls.CallerFactory[]
}

interface Placed extends calls.DialledCall {
  way: string
  isDuringLoss: boolean
}

interface Loss {
  placed: Placed[]
  /** Calls of SIPp during the loss, by the edges that are left, to the bot that has lost half of its pods. */
  outside: OutsideCalls
  /** Calls during the loss that no pod of a bot answered. */
  failed: Placed[]
  /** From the fault until `kubectl get callbots` shows it. */
  shownSeconds: number
  /** From its end until `kubectl get callbots` shows all as before, and until the zone's edge takes calls. */
  healedSeconds: number
  reachedSeconds: number
  /** Share of processor time. */
  stolen: number
}

describe('one zone of three', function () {
  this.timeout((4 * SECONDS + 900) * 1_000)
  let namespace: string
  let lost: Zone, second: Zone, third: Zone
  let edges: Edge[]
  let ca: string
  let pods: string[]
  const numbers = { spread: '', pair: '' }
  const losses = new Map<string, Loss>()

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('loss')
    // How the leader's own loss is shown has a test of its own (zone-cut-shows-within-ten-seconds).
    const { zone } = await zones.leader()
    const [one, other] = allZones.filter(({ name }) => name !== zone)
    ;[lost, second, third] = [one!, other!, allZones.find(({ name }) => name === zone)!]
    await applyBots()
    edges = await everyEdge()
    await zones.untilPublished(...Object.values(numbers))
    ca = await edgeAuthority()
    pods = (await zones.settledPods(namespace)).map(({ status }) => status.podIP!)
    expect(pods).to.have.lengthOf(5)
  })
  after(async () => {
    await healAll()
    if (namespace) await zones.removeNamespace(namespace)
    if (losses.size > 0) report(losses)
  })

  /** One bot has a pod in each zone; the pods of the other are in the lost zone and the second. */
  async function applyBots(): Promise<void> {
    const capacity = (count: number) => ({ capacity: { minReplicas: count, maxReplicas: count } })
    const spread = zones.aBot(namespace, 'spread', capacity(3))
    const pair = zones.aBot(namespace, 'pair', { ...capacity(2), zones: [lost.name, second.name] })
    Object.assign(numbers, { spread: spread.spec.numbers[0]!, pair: pair.spec.numbers[0]! })
    await zones.applyManifests(spread, pair)
    for (const { metadata } of [spread, pair]) {
      const wait = ['wait', 'callbot', metadata.name, '-n', namespace, '--for=condition=PodsAvailable']
      await zones.kube(...wait, '--timeout=180s')
    }
  }

  const edgeIn = ({ node }: Zone) => edges.find((edge) => edge.node === node)!

  /** A line to each edge, and for some callers none yet: they connect for each call. What is opened goes into `opened`. */
  async function openWays(opened: PlainCaller[]): Promise<Way[]> {
    const connect = async (zone: Zone, withinMs?: number) => {
      const caller = await callerOf(edgeIn(zone), ca, withinMs)
      opened.push(caller)
      return caller
    }
    const line = async (zone: Zone): Promise<calls.CallerFactory> => {
      const caller = await connect(zone)
      return () => Promise.resolve(caller)
    }
    const [lostLine, secondLine, thirdLine] = await Promise.all([line(lost), line(second), line(third)])
    const fresh = () => connect(lost, PATIENCE_MS)
    const elsewhere: Way = { name: 'no pod here, half of them lost', bot: 'pair', doors: [thirdLine] }
    return [
      elsewhere,
      { name: 'a pod here, second zone', bot: 'spread', doors: [secondLine] },
      { name: 'the lost edge first, connected', bot: 'spread', doors: [lostLine, thirdLine] },
      elsewhere,
      { name: 'a pod here, third zone', bot: 'spread', doors: [thirdLine] },
      { name: 'the lost edge first, to be connected', bot: 'spread', doors: [fresh, secondLine] },
    ]
  }

  /** Callers without a pause, until the end. */
  function startCalls(ways: readonly Way[]) {
    const placed: Placed[] = []
    let isDuringLoss = false
    let settingUp = 0
    const end = calls.keepCalling(PER_SECOND, async (turn) => {
      const { name: way, bot, doors } = ways[turn % ways.length]!
      const isLost = isDuringLoss
      settingUp++
      const call = await calls.dial(doors, numbers[bot], PATIENCE_MS).finally(() => settingUp--)
      placed.push({ ...call, way, isDuringLoss: isLost })
    })
    /** Between two set-ups: a call of which the lost edge has said 100 is no new one any more. Resolves with when. */
    const strike = async (make: () => Promise<void>) => {
      await eventually(() => expect(settingUp).to.equal(0))
      isDuringLoss = true
      const since = performance.now()
      await make()
      return since
    }
    return { placed, strike, end }
  }

  const shows = (all: string) => async () => {
    expect((await zones.botNamed(namespace, 'spread')).status).to.include({ ready: all, zonesReady: all })
  }

  const callWhileLost = () =>
    callFromOutside({
      ...{ number: numbers.pair, edges: [edgeIn(second), edgeIn(third)] },
      ...{ callsPerEdge: OUTSIDE_PER_SECOND * SECONDS, perSecond: OUTSIDE_PER_SECOND },
      ends: { by: 'Bot', withinMs: OUTSIDE_MS },
    })

  /** Calls before the fault and through it. */
  async function callThrough(ways: readonly Way[], make: () => Promise<void>) {
    const { placed, strike, end } = startCalls(ways)
    try {
      await pause(BASELINE_SECONDS * 1_000)
      const since = await strike(make)
      const told = secondsUntil(shows('2/3'), 3 * SHOWN_SECONDS, since)
      const outside = callWhileLost()
      await pause(SECONDS * 1_000)
      return { placed, shownSeconds: await told, outside: await outside }
    } finally {
      await end()
    }
  }

  async function reachLostEdge(): Promise<void> {
    const caller = await callerOf(edgeIn(lost), ca, 2_000)
    try {
      expect((await calls.wholeCall(caller, numbers.spread)).status).to.equal(200)
    } finally {
      caller.close()
    }
  }

  /** What was sent into the lost zone may arrive only now: those who dialled on take it back. */
  async function heal(placed: readonly Placed[], undo: () => Promise<void>) {
    const calledOff = placed.flatMap(({ givenUp }) => givenUp).map((attempt) => calls.callOff(attempt, SECONDS + 30))
    const since = performance.now()
    await undo()
    const [healedSeconds, reachedSeconds] = await Promise.all([
      secondsUntil(shows('3/3'), BACK_SECONDS, since),
      secondsUntil(reachLostEdge, BACK_SECONDS, since),
    ])
    await Promise.all(calledOff)
    await pause(GHOST_SECONDS * 1_000)
    return { healedSeconds, reachedSeconds }
  }

  async function lose({ make, undo }: Fault): Promise<Loss> {
    await eventually(shows('3/3'), BACK_SECONDS)
    await calls.untilKnown(edges, pods)
    const opened: PlainCaller[] = []
    const stolenTime = watchStolenTime()
    try {
      const ways = await openWays(opened)
      const { placed, shownSeconds, outside } = await callThrough(ways, () => make(lost.name))
      const healed = await heal(placed, () => undo(lost.name))
      const during = placed.filter(({ isDuringLoss }) => isDuringLoss)
      const failed = during.filter(({ status, by }) => status !== 200 || !pods.includes(by))
      return { placed, outside, failed, shownSeconds, ...healed, stolen: stolenTime() }
    } finally {
      await undo(lost.name)
      for (const caller of opened) caller.close()
    }
  }

  for (const fault of FAULTS.slice(0, extent('FAULTS', { short: 1, whole: 2 }))) {
    describe(`that is ${fault.name} for ${SECONDS} s`, () => {
      let loss: Loss

      it('costs no new call', async () => {
        loss = await lose(fault)
        losses.set(fault.name, loss)
        expect(loss.failed.map(told)).to.deep.equal([])
        expect(addedBy(loss)).to.have.length.above(0.8 * SECONDS * PER_SECOND)
      })

      it('costs no call of SIPp by the edges that are left: pods of the bot answer all', () => {
        const { placed, failed, errors } = loss.outside
        expect(failed, errors).to.equal(0)
        expect(answeredAt(loss.outside, pods)).to.equal(placed)
      })

      it('delays no more than one call in a hundred by a second', function () {
        judgesVoice(this, loss.stolen)
        const added = addedBy(loss)
        const late = added.filter(({ ms }) => ms >= ADDED_MS)
        const p99 = percentile(millisecondsOf(added), 99)
        expect(p99, JSON.stringify(late)).to.be.below(ADDED_MS)
      })

      it('is shown by kubectl get callbots within 5 s', () => {
        expect(loss.shownSeconds).to.be.below(SHOWN_SECONDS)
      })

      it('is shown as whole when it is back, and takes calls by its own edge', () => {
        expect(loss.healedSeconds).to.be.below(BACK_SECONDS)
        expect(loss.reachedSeconds).to.be.below(BACK_SECONDS)
      })

      it('answers no call twice when it is back', () => {
        const attempts = loss.placed.flatMap(({ attempt, givenUp }) => [attempt, ...givenUp])
        expect(attempts.map(calls.answerersOf).filter((answerers) => answerers.length > 1)).to.deep.equal([])
      })
    })
  }
})

/** Infinity when it takes longer than `most`. */
function secondsUntil(check: () => Promise<void>, most: number, since: number): Promise<number> {
  // kubectl takes its share of the machine from the callers.
  const slowly = () => pause(200).then(check)
  return eventually(slowly, most).then(
    () => (performance.now() - since) / 1_000,
    () => Number.POSITIVE_INFINITY,
  )
}

const told = ({ way, status, atMs, by }: Placed) => ({ way, status, atMs, by })
const millisecondsOf = (added: readonly { ms: number }[]) => added.map(({ ms }) => ms)
const calm = ({ placed }: Loss) => placed.filter(({ isDuringLoss }) => !isDuringLoss)

/** What each call during the loss took more than half of the same callers' calls before it. */
function addedBy(loss: Loss): { way: string; ms: number }[] {
  const usual = (way: string) => median(calm(loss).flatMap((each) => (each.way === way ? [each.atMs] : [])))
  return loss.placed.filter(({ isDuringLoss }) => isDuringLoss).map(({ way, atMs }) => ({ way, ms: atMs - usual(way) }))
}

function spreadOf(values: readonly number[]) {
  const at = (percent: number) => Math.round(percentile(values, percent))
  return { calls: values.length, p50: at(50), p99: at(99), most: at(100) }
}

function figuresOf(loss: Loss) {
  const { placed, failed, outside, shownSeconds, healedSeconds, reachedSeconds, stolen } = loss
  const added = addedBy(loss)
  const ways = [...new Set(added.map(({ way }) => way))]
  const answeredLate = placed.flatMap(({ givenUp }) => givenUp).filter((each) => calls.answerersOf(each).length > 0)
  return {
    ...{ calls: added.length, failed: failed.length, shownSeconds, healedSeconds, reachedSeconds, stolen },
    outside: { calls: outside.placed, failed: outside.failed },
    baselineMs: Math.round(median(calm(loss).map(({ atMs }) => atMs))),
    addedMs: spreadOf(millisecondsOf(added)),
    addedMsByWay: ways.map((way) => ({ way, ...spreadOf(millisecondsOf(added.filter((each) => each.way === way))) })),
    /** By the lost edge, when it was back, while their callers had been answered elsewhere. */
    answeredLate: answeredLate.length,
  }
}

function report(losses: ReadonlyMap<string, Loss>): void {
  const all = [...losses].map(([fault, loss]) => ({ fault, ...figuresOf(loss) }))
  writeEvidence('zone-loss', { seconds: SECONDS, perSecond: PER_SECOND, losses: all })
  const seconds = (value: number) => `${value.toFixed(1)} s`
  const spread = ({ p50, p99, most }: ReturnType<typeof spreadOf>) => `p50 ${p50} ms, p99 ${p99} ms, most ${most} ms`
  for (const one of all) {
    printFigures(`one zone of three ${one.fault} for ${SECONDS} s`, [
      ['new calls', `${one.calls}, ${one.failed} failed`],
      ['new calls of SIPp by the edges that are left', `${one.outside.calls}, ${one.outside.failed} failed`],
      ['set-up before', `p50 ${one.baselineMs} ms`],
      ['added', spread(one.addedMs)],
      ...one.addedMsByWay.map((way) => [`added, ${way.way} (${way.calls})`, spread(way)] as const),
      stolenRow(one.stolen),
      ['shown by kubectl get callbots', seconds(one.shownSeconds)],
      ['shown as whole', seconds(one.healedSeconds)],
      ['calls by its own edge again', seconds(one.reachedSeconds)],
      ['given up, and answered late by the zone that was back', `${one.answeredLate}`],
    ])
  }
}
