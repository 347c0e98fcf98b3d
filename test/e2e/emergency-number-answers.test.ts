// @programs edge voice  @seconds 206
// @guard test/integration/edge/the-emergency-number-from-the-edge.test.ts
// @guard test/integration/calls/a-bug-costs-no-caller.test.ts
import { expect } from 'chai'
import { percentile } from '../../bench/voice/figures.ts'
import { EDGE_NAME, SIPS_PORT } from '../../hack/calls/edges.ts'
import { lastHeard } from '../../hack/calls/sound-activity.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { freezePod, healAll, killPod, stopApi, thawPod } from '../../hack/cluster/faults.ts'
import { host } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { formOfRun } from '../../hack/form.ts'
import { waitReady } from '../../hack/install.ts'
import { BOT_LABEL } from '../../src/operator/world/labels.ts'
import { playTrunk } from '../harness/client-trunks.ts'
import { gatherCallers, type Callers } from '../harness/callers.ts'
import { edgeAuthority, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { BOTS, DESK, failingBots, LINE, PLACES, type BotName } from '../harness/failing-bots.ts'
import { createLoopbackCaller, type LoopbackCall, type LoopbackCaller } from '../harness/loopback-caller.ts'
import { startSippTrunk, type SippTrunk } from '../harness/sipp-trunk.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../harness/speech-stand-in.ts'
import * as zones from '../harness/three-zones.ts'
import { createToneDetector, isToneIn, tone, type ToneDetector } from '../harness/tone.ts'
import { vowels } from '../harness/vowels.ts'
import { untilKnown } from '../harness/whole-calls.ts'

/** Callers for each cause, half of them without operator and API server. */
const CALLS = extent('CALLS', { short: 4, whole: 100 })
const AT_ONCE = 5
/** What is heard of the emergency line. A bot's voice, and what rings for it, is at 440. */
const HERTZ = 620
/** A caller who says nothing waits for the longest: ten seconds and two questions. */
const HEARS_SECONDS = 40
/** An edge may ask several pods that stand still before it helps. */
const ANSWER_MS = 15_000
/** What `kubectl get callbots` may lag behind. */
const SHOWN_SECONDS = 5
const LABELS = 'app.kubernetes.io/component=operator'

interface Cause {
  /** As in "hears the emergency line when ...". */
  name: string
  bot: BotName
  /** What goes wrong, before the callers come. Resolves with what undoes it. */
  fault?: () => Promise<() => unknown>
  /** What the caller does. */
  act?: (call: LoopbackCall) => Promise<void>
  /** What the pod says of such a call; absent: no pod has it. */
  reason?: string
}

interface Row {
  cause: string
  phase: 'alive' | 'dead'
  calls: number
  /** INVITEs at the emergency line. */
  rung: number
  /** Callers of baresip among them. */
  outside: number
  /** From the INVITE, or from the last thing that the caller did, until the emergency line was heard; of those who heard it. */
  seconds: number[]
}

const speak = (call: LoopbackCall) => call.botStops().then(() => call.say(vowels(0.8)))
const press = (call: LoopbackCall) => call.botStops().then(() => void call.session.sendDtmf('1'))

describe('a caller whom no bot can help', function () {
  this.timeout(CALLS * 10_000 + 900_000)
  let namespace: string
  let speech: Record<'talks' | 'mute', SpeechStandIn>
  let line: SippTrunk
  let desk: SippTrunk
  let edges: Edge[]
  let caller: LoopbackCaller
  let callers: Callers
  let smallPods: string[]
  let addresses: string[]
  let operators: string[] = []
  const rows: Row[] = []
  const told: Record<string, number> = {}

  const playLine = async () => {
    await line?.stop()
    line = await startSippTrunk({ ...LINE, address: host.address, acts: [180, 200], says: tone(HERTZ, 1) })
  }

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('emergency')
    speech = { talks: await startSpeechStandIn(host.address), mute: await startSpeechStandIn(host.address) }
    speech.mute.failWith = { tts: 500 }
    await playLine()
    desk = await playTrunk(DESK, [486])
    await zones.applyManifests(...failingBots(namespace, speech))
    const wait = ['-n', namespace, '--timeout=240s', '--for']
    await zones.kube('wait', 'callbots', 'talks', 'small', ...wait, 'condition=Ready')
    await zones.kube('wait', 'callbots', 'mute', ...wait, 'condition=PodsAvailable')
    edges = await everyEdge()
    const pods = await zones.settledPods(namespace)
    smallPods = pods.map(({ metadata }) => metadata.name).filter((name) => name.startsWith('small-'))
    addresses = pods.map(({ status }) => status.podIP!)
    await untilKnown(edges, addresses)
    callers = await gatherCallers()
    caller = await createLoopbackCaller({ ca: await edgeAuthority() }, host.address)
  })
  after(async () => {
    await healAll()
    tellFigures()
    await Promise.all([caller?.close(), callers?.end()])
    await Promise.all([line, desk].map((trunk) => trunk?.stop()))
    await Promise.all(Object.values(speech ?? {}).map((server) => server.close()))
    if (namespace) await zones.removeNamespace(namespace)
    if (operators.length === 0) return
    // Kubelets need their time to tell a new API server that they live.
    await zones.kube('wait', 'node', '--all', '--for=condition=Ready', '--timeout=120s')
    // A container that dies again and again is started later and later; a new pod is not.
    await zones.kube('delete', 'pods', '-n', operatorNamespace, '-l', LABELS, '--wait=false')
    await waitReady({ timeoutSeconds: 360 })
  })

  /** Through each edge in turn. Who calls `small` offers plain RTP: an edge puts through what is offered, and the line takes nothing else. */
  const dial = (bot: BotName, index: number, ear?: ToneDetector) =>
    caller.call({
      ...{ host: edges[index % edges.length]!.address, port: SIPS_PORT, servername: EDGE_NAME, number: BOTS[bot] },
      policy: { srtp: bot === 'small' ? 'Disabled' : 'Required', codecs: ['PCMA'] },
      ...{ timeoutMs: ANSWER_MS, ...(ear && { listen: ear.hear }) },
    })

  /** A call to `small` that a pod has answered, and not the emergency line. */
  async function takePlace(index: number): Promise<LoopbackCall> {
    const rung = line.rung().length
    const call = await dial('small', index)
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    if (line.rung().length === rung) return call
    await call.dialog.bye()
    throw new Error('no pod has answered')
  }

  /** A pod that was away is called again within seconds. */
  async function fill() {
    const taken: LoopbackCall[] = []
    await eventually(async () => {
      while (taken.length < PLACES) taken.push(await takePlace(taken.length))
    }, 120)
    return () => Promise.all(taken.map(({ dialog }) => dialog.bye()))
  }

  /** A kubelet kills a container that does not answer for half a minute, and restarts it: that one has to be frozen, too. */
  async function freeze() {
    const each = (act: typeof freezePod) => {
      for (const pod of smallPods) {
        try {
          act(namespace, pod)
        } catch {
          // killed in this very moment: its next container is yet to come
        }
      }
    }
    each(freezePod)
    const timer = setInterval(() => each(freezePod), 500)
    return () => {
      clearInterval(timer)
      each(thawPod)
    }
  }

  /**
   * Baresip, for a cause in which a caller has nothing to do: a witness that is not ours.
   * Resolves with whether the emergency line is what it heard last.
   */
  async function isHeardOutside({ bot }: Cause): Promise<boolean> {
    const outsider = await callers.dial(BOTS[bot], bot === 'small' ? { srtp: 'None' } : {})
    try {
      return await eventually(() => {
        expect(isToneIn(lastHeard(outsider.recording()!, 1), HERTZ)).to.equal(true)
      }, HEARS_SECONDS).then(
        () => true,
        () => false,
      )
    } finally {
      await outsider.hangUp()
    }
  }

  const causes: Cause[] = [
    { name: 'every place is taken', bot: 'small', fault: fill },
    { name: 'every pod stands still', bot: 'small', fault: freeze },
    { name: 'nothing is heard of him', bot: 'talks', reason: 'Silence' },
    {
      ...{ name: 'he asks for a person', bot: 'talks', reason: 'CallerWish', act: speak },
      async fault() {
        const { toHear } = speech.talks
        // More than enough: a breath in between may be a turn of its own.
        toHear.push(...Array<string>(10 * CALLS).fill('je voudrais parler à quelqu’un'))
        return () => (toHear.length = 0)
      },
    },
    {
      ...{ name: 'the bot is stuck', bot: 'talks', reason: 'stuck', act: speak },
      async fault() {
        speech.talks.delay.asr = 60_000
        return () => (speech.talks.delay.asr = 0)
      },
    },
    { name: 'the dialog has no way on', bot: 'talks', reason: 'dialog', act: press },
    { name: 'no voice speaks', bot: 'mute', reason: 'tts' },
    {
      ...{ name: 'no recogniser hears', bot: 'talks', reason: 'asr' },
      act: (call) => speak(call).then(() => speak(call)),
      // The last with that server: who has failed is left alone for a while, and would not be waited for.
      async fault() {
        speech.talks.failWith = { asr: 500 }
        return () => (speech.talks.failWith = {})
      },
    },
  ]

  /** One caller, until the emergency line is heard, or for as long as anybody would wait. */
  async function call({ bot, act }: Cause, index: number): Promise<{ status: number; seconds?: number }> {
    const ear = createToneDetector(HERTZ)
    let since = performance.now()
    const placed = await dial(bot, index, ear)
    if (typeof placed === 'number') return { status: placed }
    void act?.(placed).then(() => (since = performance.now()))
    await eventually(() => expect(ear.heardAt).to.be.a('number'), HEARS_SECONDS).catch(() => undefined)
    await placed.dialog.bye()
    return { status: 200, ...(ear.heardAt !== undefined && { seconds: (ear.heardAt - since) / 1_000 }) }
  }

  async function callAll(cause: Cause) {
    const all: Awaited<ReturnType<typeof call>>[] = []
    for (let left = Math.ceil(CALLS / 2); left > 0; left -= AT_ONCE) {
      const some = Array.from({ length: Math.min(AT_ONCE, left) }, (_, at) => call(cause, all.length + at))
      all.push(...(await Promise.all(some)))
    }
    return all
  }

  async function suffer(cause: Cause, phase: Row['phase']): Promise<void> {
    const undo = await cause.fault?.()
    const before = line.rung().length
    const isForOutsiders = cause.act === undefined
    const all = Promise.all([callAll(cause), isForOutsiders ? isHeardOutside(cause) : undefined])
    const [outcomes, isHeard] = await all.finally(() => undo?.())
    const rung = line.rung().length - before
    const outside = isHeard === true ? 1 : 0
    const seconds = outcomes.flatMap(({ seconds: each = [] }) => each)
    rows.push({ cause: cause.name, phase, calls: outcomes.length, rung, outside, seconds })
    expect(outcomes.filter((each) => each.seconds === undefined)).to.deep.equal([])
    expect(isHeard, 'baresip hears the emergency line').not.to.equal(false)
    expect(rung, 'INVITEs at the emergency line').to.equal(outcomes.length + outside)
    await eventually(() => expect(line.ended(), 'nobody is left there alone').to.have.lengthOf(line.rung().length))
  }

  const isTold = (fallback: string, ready: object, seconds: number) =>
    eventually(async () => {
      const bot = await zones.botNamed(namespace, 'talks')
      expect(bot.status?.fallback).to.equal(fallback)
      expect(zones.readyOf(bot)).to.include(ready)
    }, seconds)

  it('is promised a person: the bot is Ready, and so is FALLBACK', () =>
    isTold('Ready', { status: 'True', reason: 'Serving' }, SHOWN_SECONDS))

  it('is not promised one whose line is gone: seconds later the bot is not Ready, and FALLBACK is Unreachable', async () => {
    const began = performance.now()
    await line.stop()
    await isTold('Unreachable', { status: 'False', reason: 'FallbackUnreachable' }, 3 * SHOWN_SECONDS)
    told['gone'] = (performance.now() - began) / 1_000
    expect(told['gone']).to.be.below(SHOWN_SECONDS)
  })

  it('is promised one again when it is back', async () => {
    const began = performance.now()
    await playLine()
    await isTold('Ready', { status: 'True', reason: 'Serving' }, 3 * SHOWN_SECONDS)
    told['back'] = (performance.now() - began) / 1_000
  })

  /** In short each cause once: every second one while they live, the others while they are dead. */
  const played = (rest: number) => causes.filter((_, nth) => formOfRun() === 'whole' || nth % 2 === rest)

  describe('while the operator and the API server live', () => {
    for (const cause of played(1)) it(`hears the emergency line when ${cause.name}`, () => suffer(cause, 'alive'))
  })

  describe('while the operator and the API server are dead', () => {
    before(async () => {
      const pods = await zones.kubeJson<{ items: zones.Pod[] }>('get', 'pods', '-n', operatorNamespace, '-l', LABELS)
      operators = pods.items.map(({ metadata }) => metadata.name)
      // Of a pod that has yet to come back no edge would hear any more.
      await untilKnown(edges, addresses)
      // Whom a kubelet starts again finds nobody to ask.
      await stopApi()
      for (const pod of operators) killPod(operatorNamespace, pod)
    })
    after(() => healAll())

    for (const cause of played(0)) it(`hears the emergency line when ${cause.name}`, () => suffer(cause, 'dead'))
  })

  describe('when all is well again', () => {
    for (const { name, bot, reason } of causes.filter((cause) => cause.reason !== undefined)) {
      it(`was transferred by a pod that logged why: ${name}`, async () => {
        const mine = rows.filter(({ cause }) => cause === name)
        const heard = mine.reduce((sum, { seconds, outside }) => sum + seconds.length + outside, 0)
        await eventually(async () => {
          const logs = await zones.kube('logs', '-n', namespace, '-l', `${BOT_LABEL}=${bot}`, '--tail=-1')
          expect(logs.split(`"outcome":"emergency","reason":"${reason}"`).length - 1).to.equal(heard)
        }, 120)
      })
    }
  })

  function tellFigures(): void {
    if (rows.length === 0) return
    const at = (seconds: readonly number[]) => ({ p50: percentile(seconds, 50), p99: percentile(seconds, 99) })
    const figures = rows.map(({ seconds, ...row }) => ({ ...row, heard: seconds.length, ...at(seconds) }))
    writeEvidence('emergency-number', { callsForEachCause: CALLS, told, figures })
    printFigures('callers whom no bot can help, and what they hear', [
      ...figures.map(({ cause, phase, calls, heard, rung, outside, p50, p99 }) => {
        const times = `p50 ${p50.toFixed(1)} s, p99 ${p99.toFixed(1)} s`
        return [
          `${cause}, ${phase}`,
          `${calls} called, ${heard} heard a person, and ${outside} of baresip; ${rung} rang there; ${times}`,
        ] as const
      }),
      ...Object.entries(told).map(
        ([what, seconds]) => [`the line is ${what}: told after`, `${seconds.toFixed(1)} s`] as const,
      ),
    ])
  }
})
