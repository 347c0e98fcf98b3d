// @seconds 36  @alone
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startAsterisk, type Peer } from '../../../bench/voice/asterisk.ts'
import { cpuSeconds } from '../../../bench/voice/process.ts'
import type { SecretRead } from '../../../src/edge/plan/secret-values.ts'
import { createAuthority } from '../../harness/authority.ts'
import { aTrunkGroup } from '../../harness/builders-trunks.ts'
import { eventually } from '../../harness/eventually.ts'
import { OPERATOR, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../harness/speech-stand-in.ts'
import { startTcpProxy } from '../../harness/tcp-proxy.ts'
import { createOrderer, type Orderer } from '../../harness/test-calls.ts'
import { EDGE_PORT, MEDIA_PORT, POD_IP, PORT, publishBot } from './bot-stage.ts'
import { BOT, loopback, PATIENT, setStage, type Stage } from './stage.ts'
import { patient } from '../../harness/patience.ts'

const NET = 38
const PBX = loopback(NET, 41)
const NAME = 'pbx.lilas.example'
/** What the client's test numbers do. */
const NUMBERS = [
  ...['4000,1,Answer()', '4000,2,Echo()'],
  ...['4001,1,Ringing()', '4001,2,Wait(1)', '4001,3,Answer()', '4001,4,Milliwatt()'],
  ...['4002,1,Busy()', '4003,1,Congestion()'],
  ...['4004,1,Ringing()', '4004,2,Wait(60)'],
  ...['4005,1,Answer()', '4005,2,Wait(60)'],
  ...['4006,1,Answer()', '4006,2,Wait(1)', '4006,3,Hangup()'],
].map((line) => `exten => ${line}`)
const SECURE = ['media_encryption=sdes', 'rtp_symmetric=no']
const CALLERS = { '4100': ['allow=alaw', ...SECURE], '4101': ['allow=ulaw', ...SECURE] }

/** What was measured, where somebody wants to see it. */
const show = (figures: object) => void (process.env['SHOW'] && console.log(JSON.stringify(figures)))

/** The whole way: an order, a bot pod's process, the edge's proxy, and a telephone system that we didn't write, all with TLS and SRTP. */
describe('a test call that a bot pod places by order', function () {
  this.timeout(90_000)
  const theirs = createAuthority('lilas')
  let folder: string
  let stage: Stage
  let pbx: Peer
  let speech: SpeechStandIn
  let pod: VoicePod
  let edge: Awaited<ReturnType<typeof startTcpProxy>>
  let orderer: Orderer

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-test-call-'))
    stage = await setStage(NET, { values: [PATIENT] })
    pbx = await startAsterisk({
      ...{ folder: join(folder, 'pbx'), address: PBX, port: 5061, prompt: Buffer.alloc(8_000, 0x2a) },
      ...{ numbers: NUMBERS, callers: CALLERS, modules: ['app_echo', 'app_milliwatt', 'codec_ulaw'] },
      tls: { ...theirs.issue([NAME]), ca: theirs.cert },
    })
    const tls = { caSecret: { name: 'theirs', key: 'ca.crt' }, serverName: NAME }
    const secrets = new Map<string, SecretRead>([['lilas/theirs', { data: new Map([['ca.crt', theirs.cert]]) }]])
    await publishBot(stage, aTrunkGroup([{ host: PBX, port: 5061, transport: 'TLS', srtp: 'Required', tls }]), secrets)
    await stage.untilTrunk(PBX, 'Up')
    speech = await startSpeechStandIn()
    pod = await startPod()
    edge = await startTcpProxy(`tcp://${stage.rig.address}:5071`, { host: POD_IP, port: EDGE_PORT })
    await stage.untilServed(`${POD_IP}:${PORT}`)
    orderer = createOrderer(pod.healthPort, stage.rig.authority.issue([OPERATOR]))
  })
  after(async () => {
    await pod?.kill()
    await edge?.close()
    await speech?.close()
    await pbx?.stop()
    await stage?.stop()
    rmSync(folder, { recursive: true, force: true })
  })

  function startPod(): Promise<VoicePod> {
    const provider = { type: 'OpenAICompatible', url: speech.url, region: 'here' } as const
    return startVoicePod({
      ...{ folder: join(folder, 'pod'), mediaPort: MEDIA_PORT, address: POD_IP },
      env: {
        ...{ CALLBOT_NAME: 'accueil', CALLBOT_NAMESPACE: 'lilas', CALLBOT_SIPS_PORT: String(PORT) },
        CALLBOT_EDGE_PORT: String(EDGE_PORT),
        CALLBOT_TLS_DIR: stage.rig.identityFolder('bot', [BOT]),
      },
      bot: {
        ...{ language: 'fr-FR', dialog: { steps: [{ name: 'end', hangUp: {} }] }, capacity: { callsPerPod: 20 } },
        ...{ speech: { asr: [provider], tts: [provider] }, media: {} },
        fallback: { number: '+33199999999', integrationRef: { name: 'standard' } },
        integrations: [{ name: 'standard', sip: { media: ['Required'], callerNumber: 'Bot' } }],
      },
    })
  }
  let count = 0
  const call = (to: string, o: { from?: string; expect?: 'Echo' | 'Tone' | 'Answer'; maxSeconds?: number } = {}) => {
    const id = `call-${count++}`
    const { from = '4100', expect = 'Echo', maxSeconds = 20 } = o
    return orderer.result(id, { integration: 'standard', to, from, expect, maxSeconds, seed: id })
  }

  for (const [from, codec] of [
    ['4100', 'PCMA'],
    ['4101', 'PCMU'],
  ])
    it(`hears its own tones from Asterisk's Echo, by ${codec}, and reports both ways`, async () => {
      const result = await call('4000', { from: from! })
      expect(result, JSON.stringify(result)).to.include({ outcome: 'Passed', finding: 'AsExpected', edge: POD_IP })
      expect(result.media).to.include({ codec, rejected: 0 })
      expect(result.media!.srtp).to.match(/^AES_CM_128_HMAC_SHA1_80$|^AEAD/)
      expect(result.echo).to.include({ sent: 10, returned: 10, others: 0 })
      expect(result.echo!.medianMilliseconds).to.be.within(10, 300)
      const { received, due, sent, sentDue } = result.media!
      expect(received).to.be.within(due - 5, due + 5)
      expect(sent).to.be.within(sentDue - 5, sentDue + 5)
      expect(result.answerMilliseconds).to.be.within(1, 2_000)
      show(result)
    })

  it('finds what is wrong at the other end: each by its name', async () => {
    const [busy, full, silent, prompt, mute, short] = await Promise.all([
      ...[call('4002'), call('4003'), call('4004', { maxSeconds: 5 }), call('4999')],
    ]).then(async (first) => [...first, ...(await Promise.all([call('4005'), call('4006')]))])
    expect(busy).to.include({ finding: 'Refused', status: 486 })
    expect(full).to.include({ finding: 'Refused', status: 503 })
    expect(silent).to.include({ finding: 'Unanswered', media: null })
    expect(silent!.ringMilliseconds).to.be.below(patient(2_000))
    expect(prompt).to.include({ finding: 'OtherSound' })
    expect(mute!.finding).to.be.oneOf(['NoMedia', 'OneWay'])
    expect(mute!.media).to.include({ received: 0 })
    expect(short).to.include({ finding: 'HungUp' })
  })

  it("finds the tone of Asterisk's Milliwatt after it has rung", async () => {
    const result = await call('4001', { expect: 'Tone' })
    expect(result, JSON.stringify(result)).to.include({ outcome: 'Passed' })
    expect(result.tone!.hertz).to.be.within(1_000, 1_008)
    expect(result.ringMilliseconds).to.be.below(result.answerMilliseconds!)
    expect(result.answerMilliseconds).to.be.within(1_000, 3_000)
  })

  it('is hung up at the other end when it is called off', async () => {
    await orderer.put('off', {
      integration: 'standard',
      to: '4005',
      from: '4100',
      expect: 'Tone',
      maxSeconds: 60,
      seed: 'off',
    })
    await new Promise((resolve) => setTimeout(resolve, 1_000))
    expect((await orderer.callOff('off')).status).to.equal(202)
    await eventually(async () => expect((await orderer.get('off')).text).to.include('"finding":"CalledOff"'))
    expect(await call('4000', { expect: 'Answer' })).to.include({ outcome: 'Passed' })
  })

  it('is refused by the edge where the bot may not call: its own trunks alone, whatever is ordered', async () => {
    const other = await orderer.put('other', {
      integration: 'other',
      to: '4000',
      expect: 'Echo',
      maxSeconds: 20,
      seed: 'o',
    })
    expect(other.status).to.equal(422)
  })

  it('costs little: four at a time take less than a fifth of a core, and none is logged by its number', async () => {
    const before = { cpu: cpuSeconds(pod.pid), at: performance.now() }
    const results = await Promise.all(Array.from({ length: 4 }, () => call('4000')))
    const seconds = (performance.now() - before.at) / 1_000
    const cpu = cpuSeconds(pod.pid) - before.cpu
    show({ cpu, seconds })
    expect(results.map(({ outcome }) => outcome)).to.deep.equal(Array(4).fill('Passed'))
    expect(cpu / seconds).to.be.below(0.2)
    // A time in milliseconds may hold any four digits.
    const texts = pod.log().replaceAll(/":[\d.]+/g, '":')
    for (const word of [/\b4000\b/, /\b4100\b/, /\bsip:/]) expect(texts).not.to.match(word)
    expect(pod.log()).to.include('"finding":"AsExpected"')
  })
})
