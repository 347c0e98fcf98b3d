// @seconds 44  @alone
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSipp } from '../../../hack/calls/sipp.ts'
import { startBaresipEcho } from '../../harness/baresip-echo.ts'
import { ownAddress } from '../../harness/own-address.ts'
import { OPERATOR, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { startSippTrunk, type SippTrunkOptions } from '../../harness/sipp-trunk.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../harness/speech-stand-in.ts'
import { createOrderer, type Orderer } from '../../harness/test-calls.ts'
import { vowels } from '../../harness/vowels.ts'
import { patient } from '../../harness/patience.ts'

const PLACES = 8
const QUESTION = [
  { name: 'question', ask: { text: 'Oui ?', field: 'wish', slot: { type: 'FreeText' as const } }, next: 'end' },
  { name: 'end', hangUp: {} },
]
/** baresip knows no loopback. */
const HERE = ownAddress()
/** Ports that no other test of this machine uses. */
const PORTS = { bot: 28_300, other: 28_900, media: 28_500 }

/** The other end is a program that we didn't write; the bot pod is a process of its own, and SIP is plain, so that the two can talk. */
describe('test calls to telephones that we did not write', function () {
  this.timeout(60_000)
  let folder: string
  let speech: SpeechStandIn
  let pod: VoicePod
  let orderer: Orderer

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-test-calls-'))
    speech = await startSpeechStandIn()
    const provider = { type: 'OpenAICompatible', url: speech.url, region: 'here' } as const
    pod = await startVoicePod({
      ...{ folder: join(folder, 'pod'), mediaPort: PORTS.bot, plainSip: true, address: HERE },
      env: { CALLBOT_PLAIN_EDGE: `${HERE}:${PORTS.other}` },
      bot: {
        ...{ language: 'fr-FR', dialog: { steps: QUESTION }, capacity: { callsPerPod: PLACES } },
        ...{ speech: { asr: [provider], tts: [provider] }, media: { srtp: 'Disabled', sipTransport: 'Any' } },
        fallback: { number: '+33199000099', integrationRef: { name: 'town' } },
        integrations: [{ name: 'town', sip: { media: ['Disabled'], callerNumber: 'Bot' } }],
      },
    })
    orderer = createOrderer(pod.healthPort, pod.authority.issue([OPERATOR]))
  })
  after(async () => {
    await pod?.kill()
    await speech?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  let count = 0
  const call = (o: { expect?: 'Echo' | 'Answer'; maxSeconds?: number } = {}) => {
    const id = `call-${count++}`
    const { expect = 'Echo', maxSeconds = 20 } = o
    return orderer.result(id, { integration: 'town', to: '4000', expect, maxSeconds, seed: id })
  }
  const trunk = async (o: Omit<SippTrunkOptions, 'address' | 'port'>, order?: Parameters<typeof call>[0]) => {
    const other = await startSippTrunk({ address: HERE, port: PORTS.other, ...o })
    try {
      return await call(order)
    } finally {
      await other.stop()
    }
  }

  it("hear their tones from SIPp's rtp_echo", async () => {
    const result = await trunk({ acts: [180, { wait: 500 }, 200], echoes: true })
    expect(result, JSON.stringify(result)).to.include({ outcome: 'Passed', finding: 'AsExpected' })
    expect(result.echo).to.include({ sent: 10, returned: 10, others: 0 })
    expect(result.media).to.include({ codec: 'PCMU', srtp: null })
    expect(result.ringMilliseconds).to.be.below(patient(400))
    expect(result.answerMilliseconds).to.be.within(500, 1_500)
  })

  for (const codec of ['PCMA', 'PCMU'] as const)
    it(`hear their tones from baresip, by ${codec}, through its jitter buffer`, async () => {
      const other = await startBaresipEcho({
        ...{
          folder: join(folder, `baresip-${codec}`),
          address: HERE,
          port: PORTS.other,
          mediaPort: PORTS.media,
          codec,
        },
      })
      try {
        const result = await call()
        expect(result, `${JSON.stringify(result)} ${other.log()}`).to.include({ outcome: 'Passed' })
        expect(result.media).to.include({ codec })
        expect(result.echo!.returned).to.be.at.least(8)
        expect(result.echo!.medianMilliseconds).to.be.within(20, 500)
      } finally {
        await other.stop()
      }
    })

  for (const status of [404, 486, 503, 603])
    it(`say that they were refused with ${status}`, async () => {
      expect(await trunk({ acts: [180, status] })).to.include({ outcome: 'Failed', finding: 'Refused', status })
    })

  it('say that nobody answers: it rang, or not a word came', async () => {
    const rang = await trunk({ acts: [180, 'cancelled'] }, { maxSeconds: 5 })
    expect(rang).to.include({ finding: 'Unanswered', status: null })
    expect(rang.ringMilliseconds).to.be.below(patient(500))
    expect(await call()).to.include({ finding: 'NoEdge', ringMilliseconds: null })
  })

  it('say that a side which answers sends nothing, plays something else, or hangs up', async () => {
    const mute = await trunk({ acts: [200] })
    expect(mute).to.include({ finding: 'NoMedia' })
    expect(mute.media).to.include({ received: 0 })
    const other = await trunk({ acts: [200], says: vowels(4) })
    expect(other).to.include({ finding: 'OtherSound' })
    expect(other.media!.received).to.be.within(other.media!.due - 5, other.media!.due + 5)
    expect(await trunk({ acts: [200, { wait: 1_000 }, 'bye'], echoes: true })).to.include({ finding: 'HungUp' })
    expect(await trunk({ acts: [200] }, { expect: 'Answer' })).to.include({ outcome: 'Passed' })
  })

  it('make room for callers: all places are answered, though a test call stood', async () => {
    const other = await startSippTrunk({ address: HERE, port: PORTS.other, acts: [200], echoes: true })
    await orderer.put('room', { integration: 'town', to: '4000', expect: 'Tone', maxSeconds: 60, seed: 'room' })
    await new Promise((resolve) => setTimeout(resolve, 500))
    const callers = await runSipp({
      ...{ folder: join(folder, 'callers'), number: '+33199000001', address: HERE, transport: 'udp', srtp: false },
      ...{ target: `${HERE}:${pod.plainSipPort}`, calls: PLACES, concurrent: PLACES, perSecond: 50 },
      ends: { by: 'Caller', afterMs: 1_500 },
    })
    expect(callers, callers.errors).to.include({ exitCode: 0, successful: PLACES, failed: 0 })
    expect((await orderer.get('room')).text).to.include('"finding":"CalledOff"')
    expect(other.ended()).to.have.length(1)
    await other.stop()
  })

  it('end with the pod, which hangs up before it leaves', async () => {
    const other = await startSippTrunk({ address: HERE, port: PORTS.other, acts: [180, 200], echoes: true })
    await orderer.put('last', { integration: 'town', to: '4000', expect: 'Tone', maxSeconds: 60, seed: 'last' })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect(await pod.drain()).to.equal(0)
    expect(other.ended()).to.have.length(1)
    expect(pod.log()).to.include('"finding":"CalledOff"')
    await other.stop()
  })
})
