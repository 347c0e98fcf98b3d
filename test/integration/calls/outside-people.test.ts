// @tier proof  @programs voice  @alone
// @guard test/integration/calls/outside-callers.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { startCapture } from '../../../hack/calls/capture.ts'
import { packetsIn } from '../../../hack/calls/pcap.ts'
import { watchStolenTime } from '../../../hack/calls/processor-time.ts'
import { judgeRtp } from '../../../hack/calls/rtp-judge.ts'
import { runSipp as runCallers } from '../../../hack/calls/sipp.ts'
import type { botConfigurationSchema } from '../../../src/api/bot-configuration.ts'
import { encode, laws } from '../../../src/wire/codec/g711.ts'
import { judgesVoice } from '../../harness/judged-voice.ts'
import { startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { runSipp } from '../../harness/sipp.ts'
import { patientPerson, takingCaller } from '../../harness/sipp-scenarios.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../harness/speech-stand-in.ts'
import { vowels } from '../../harness/vowels.ts'

type Bot = z.input<typeof botConfigurationSchema>

/** Ports that no other test of this machine uses. */
const PORTS = { bot: 27_300, caller: 27_500, person: 27_700, edge: 27_900, system: 27_910 }
const CALLS = 3

/** Callers and people by SIPp, which we didn't write; the bot pod is a process of its own. */
describe('callers and people with telephones that we did not write', function () {
  this.timeout(60_000)
  let folder: string
  let speech: SpeechStandIn
  let pod: VoicePod

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-people-'))
    speech = await startSpeechStandIn()
  })
  afterEach(async () => {
    await pod?.kill()
    await speech.close()
    rmSync(folder, { recursive: true })
  })

  async function startPod(transfer: NonNullable<NonNullable<Bot['dialog']>['steps'][number]['transfer']>) {
    const provider = { type: 'OpenAICompatible', url: speech.url, region: 'here' } as const
    pod = await startVoicePod({
      folder: join(folder, 'pod'),
      plainSip: true,
      mediaPort: PORTS.bot,
      env: { CALLBOT_PLAIN_EDGE: `127.0.0.1:${PORTS.edge}` },
      bot: {
        ...{ language: 'fr-FR', dialog: { steps: [{ name: 'desk', transfer }] }, capacity: { callsPerPod: 10 } },
        callMetadata: 'Kept', // else the log has no line for a call
        ...{ speech: { asr: [provider], tts: [provider] }, media: { srtp: 'Disabled', sipTransport: 'Any' } },
        fallback: { number: '+33199000099', integrationRef: { name: 'town' } },
        integrations: [
          { name: 'town', sip: { media: ['Disabled'], transferMethods: ['Bridge', 'Refer'], callerNumber: 'Caller' } },
        ],
      },
    })
  }

  it('talk with each other through the pod, which loses no frame on the way and keeps its 20 ms: SIPp', async function () {
    const stolenSince = watchStolenTime()
    await startPod({ integration: 'town', to: '4001' })
    const file = join(folder, 'wire.pcap')
    const filter = `udp portrange ${PORTS.bot}-${PORTS.edge - 1}`
    const capture = await startCapture({ file, networkInterface: 'lo', filter, snapLength: 300 })
    const place = ['-i', '127.0.0.1', '-mi', '127.0.0.1', '-p', `${PORTS.edge}`, '-t', 'u1', '-m', `${CALLS}`]
    const people = await runSipp({
      scenario: patientPerson,
      args: [...place, '-rtp_echo', '-mp', `${PORTS.person}`],
      timeoutSeconds: 40,
      async whenUp() {
        const calling = await runCallers({
          ...{ folder: join(folder, 'callers'), number: '+33199000001', address: '127.0.0.1', transport: 'udp' },
          ...{ target: `127.0.0.1:${pod.plainSipPort}`, srtp: false, audio: spoken(), mediaPort: PORTS.caller },
          ...{ calls: CALLS, concurrent: CALLS, perSecond: 10, ends: { by: 'Caller', afterMs: 5_000 } },
        })
        expect(calling, calling.errors).to.include({ exitCode: 0, successful: CALLS, failed: 0 })
      },
    })
    expect(await capture.stop()).to.deep.equal({ dropped: 0 })
    expect(people, people.errors).to.include({ code: 0, successful: CALLS, failed: 0 })
    const streams = judgeRtp(packetsIn(file)).filter(({ packets }) => packets > 100)
    const between = (from: number, to: number) =>
      streams.filter((one) => inRange(one.from, from) && inRange(one.to, to))
    const toPeople = between(PORTS.bot, PORTS.person)
    const toCallers = between(PORTS.bot, PORTS.caller)
    expect([toPeople.length, toCallers.length]).to.deep.equal([CALLS, CALLS])
    const both = [...toPeople, ...toCallers]
    expect(both.map(({ missing }) => missing)).to.deep.equal(both.map(() => 0))
    expect(pod.log().match(/"outcome":"transferred","reason":"bridge"/g)).to.have.length(CALLS)
    judgesVoice(this, stolenSince())
    for (const { longestGapMs, clockError } of both) {
      expect(longestGapMs).to.be.below(100)
      // A talk's first frame doesn't wait for the beat: 20 ms at once are up to 0.6 % of five seconds. Calls of minutes judge the clock (hundred-calls).
      expect(Math.abs(clockError)).to.be.below(0.01)
    }
  })

  it('are taken over by their own side where the dialog asks for that: SIPp takes a REFER', async () => {
    await startPod({ integration: 'town', to: '4002', method: 'Refer' })
    const target = [`127.0.0.1:${pod.plainSipPort}`, '-i', '127.0.0.1', '-mi', '127.0.0.1', '-p', `${PORTS.system}`]
    const system = await runSipp({
      scenario: takingCaller,
      args: [...target, '-mp', `${PORTS.caller}`, '-t', 'u1', '-m', '1'],
      timeoutSeconds: 20,
    })
    expect(system, system.errors).to.include({ code: 0, successful: 1, failed: 0 })
    expect(pod.log()).to.contain('"outcome":"transferred","reason":"refer"')
  })

  function spoken(): string {
    const samples = vowels(2)
    const octets = new Uint8Array(samples.length)
    encode(laws.PCMA, samples, octets, 0)
    const file = join(folder, 'caller.alaw')
    writeFileSync(file, octets)
    return file
  }
})

/** Each has 200 ports from its first on. */
function inRange(at: string, first: number): boolean {
  const port = Number(at.split(':')[1])
  return port >= first && port < first + 200
}
