// @tier proof  @programs voice  @alone
// @guard test/integration/calls/conversation.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { rssMiB } from '../../../bench/voice/process.ts'
import { percentile } from '../../../bench/voice/figures.ts'
import { startEngines, type Engines } from '../../../bench/voice/engines.ts'
import { writeAlaw } from '../../../hack/calls/audio.ts'
import { startCapture } from '../../../hack/calls/capture.ts'
import { packetsIn } from '../../../hack/calls/pcap.ts'
import { judgeRtp, missingIn } from '../../../hack/calls/rtp-judge.ts'
import { watchStandstills } from '../../../hack/calls/standstills.ts'
import { watchStolenTime } from '../../../hack/calls/processor-time.ts'
import { judgeVoice } from '../../../hack/calls/voice-judge.ts'
import { runSipp } from '../../../hack/calls/sipp.ts'
import { join as joinSounds, silence } from '../../../hack/calls/sound.ts'
import { printFigures, writeEvidence } from '../../../hack/evidence.ts'
import { extent } from '../../harness/extent.ts'
import { expectHeard, judgesVoice } from '../../harness/judged-voice.ts'
import { EDGE, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { vowels } from '../../harness/vowels.ts'

const CALLS = 100
/** `make proof-hundred-calls` lets them talk for ten minutes. */
const SECONDS = extent('HUNDRED_CALLS_SECONDS', { short: 30, whole: 600 })
const PER_SECOND = 20
const MEDIA = { bot: 28_000, sipp: 28_400 }
/** Over ten minutes 0.05 %. Over half a minute one stall of a busy machine weighs more; a sender that paces by timers of Node runs 0.6 % slow. */
const CLOCK_ERROR = SECONDS >= 300 ? 0.0005 : 0.002
/** One of ten thousand over ten minutes on a machine of its own; over half a minute one stall of a busy machine weighs more. */
const MOST_LOST = SECONDS >= 300 ? 0.0001 : 0.01
/** After the last call has begun: what a call needs once is there by then. */
const WARM_UP_MS = 10_000
const LOOK_MS = 1000

describe(`${CALLS} callers who talk with one pod for ${SECONDS} s, over TLS and SRTP`, function () {
  this.timeout((SECONDS + 120) * 1000)
  let folder: string
  let engines: Engines
  let pod: VoicePod

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-hundred-'))
    engines = await startEngines({ hears: 'Je voudrais un rendez-vous.' })
    const provider = { type: 'OpenAICompatible', url: engines.url, region: 'here' } as const
    pod = await startVoicePod({
      folder: join(folder, 'pod'),
      mediaPort: MEDIA.bot,
      bot: {
        ...{ language: 'fr-FR', speech: { asr: [provider], tts: [provider] }, capacity: { callsPerPod: CALLS } },
        ...{ fallback: { number: '+33199000099', integrationRef: { name: 'town' } }, integrations: [] },
        dialog: {
          start: 'question',
          steps: [
            {
              name: 'question',
              ask: { text: 'Que puis-je pour vous ?', field: 'wish', slot: { type: 'FreeText' }, confirm: 'Never' },
              next: 'answer',
            },
            { name: 'answer', say: { text: 'Très bien, je le note.' }, next: 'question' },
          ],
        },
      },
    })
  })
  after(async () => {
    await pod?.kill()
    await engines?.close()
    rmSync(folder, { recursive: true })
  })

  it('are all answered and never cut, hear all that was due to them by a true clock, and leave no memory behind', async function () {
    const file = join(folder, 'wire.pcap')
    const filter = `udp and src portrange ${MEDIA.bot}-${MEDIA.sipp - 1}`
    const capture = await startCapture({ file, networkInterface: 'lo', filter, snapLength: 64 })
    const machine = watchStandstills()
    const stolenSince = watchStolenTime()
    const memory: { at: number; mib: number }[] = []
    const begun = performance.now()
    const watch = setInterval(() => memory.push({ at: performance.now() - begun, mib: rssMiB(pod.pid) }), LOOK_MS)
    const rampMs = (CALLS / PER_SECOND) * 1000
    const sipp = await runSipp({
      ...{ folder: join(folder, 'sipp'), target: `127.0.0.1:${pod.sipsPort}`, transport: 'tls', srtp: true },
      ...{ number: '+33199000001', address: '127.0.0.1', calls: CALLS, concurrent: CALLS, perSecond: PER_SECOND },
      tls: { ...pod.authority.issue([EDGE]), ca: pod.authority.cert },
      mediaPort: MEDIA.sipp,
      audio: writeAlaw(join(folder, 'caller.alaw'), joinSounds(vowels(2), silence(2.5))),
      ends: { by: 'Caller', afterMs: rampMs + SECONDS * 1000 },
    })
    clearInterval(watch)
    const standstills = await machine.stop()
    const stolen = stolenSince()
    expect(await capture.stop(), 'the witness saw everything').to.deep.equal({ dropped: 0 })
    expect(sipp, sipp.errors).to.include({ exitCode: 0, successful: CALLS, failed: 0 })

    const streams = judgeRtp(packetsIn(file))
    expect(streams).to.have.lengthOf(CALLS)
    const voice = judgeVoice(packetsIn(file), sipp.lives)
    const worstClock = Math.max(...streams.map(({ clockError }) => Math.abs(clockError)))
    const settled = memory.filter(({ at }) => at > rampMs + WARM_UP_MS && at < rampMs + SECONDS * 1000)
    const [early, late] = [settled.slice(0, settled.length / 3), settled.slice((2 * settled.length) / 3)].map((part) =>
      percentile(
        part.map(({ mib }) => mib),
        50,
      ),
    ) as [number, number]
    const figures = {
      ...{
        calls: CALLS,
        seconds: SECONDS,
        failed: sipp.failed,
        turns: engines.times.filter(({ what }) => what === 'asr').length,
      },
      ...voice,
      worstClockErrorPercent: worstClock * 100,
      answerP95Ms: percentile(sipp.answerMs, 95),
      memoryMiB: { early, late },
      ...{ standstills, stolen },
    }
    printFigures(
      'a hundred calls',
      Object.entries(figures).map(([what, value]) => [what, JSON.stringify(value)] as const),
    )
    writeEvidence('hundred-calls', figures)
    expect(missingIn(streams), 'gaps in sequence numbers').to.equal(0)
    expect(engines.times.length, 'they really talked').to.be.greaterThan((CALLS * SECONDS) / 15)
    expect(late, 'memory is flat').to.be.below(early * 1.05 + 2)
    judgesVoice(this, stolen)
    expectHeard(voice, { mostLost: MOST_LOST })
    expect(worstClock).to.be.below(CLOCK_ERROR)
  })
})
