// @seconds 52
import { spawn } from 'node:child_process'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { z } from 'zod'
import { answered, startBaresip, type Baresip, type CallerOptions } from '../../../hack/calls/baresip.ts'
import { startCapture } from '../../../hack/calls/capture.ts'
import { packetsIn } from '../../../hack/calls/pcap.ts'
import { judgeRtp } from '../../../hack/calls/rtp-judge.ts'
import { runSipp, type SippOptions } from '../../../hack/calls/sipp.ts'
import { pause, tryRun, until } from '../../../hack/cluster/shell.ts'
import type { botConfigurationSchema } from '../../../src/api/bot-configuration.ts'
import { encode, laws } from '../../../src/wire/codec/g711.ts'
import { EDGE, NAME, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { vowels } from '../../harness/vowels.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../harness/speech-stand-in.ts'

/** Clients that we didn't write call one bot pod of a process of its own: baresip, SIPp and sipsak. */

type Bot = z.input<typeof botConfigurationSchema>

/** Some five seconds of the tone in which the stand-in speaks. */
const LONG = 'La mairie est fermée ce matin et ouvre à quatorze heures. '.repeat(4)

/** Greets, hears a yes, takes three keys, hangs up. */
const flow: Bot['dialog'] = {
  start: 'greeting',
  steps: [
    { name: 'greeting', say: { text: LONG.slice(0, 100) }, next: 'known' },
    {
      name: 'known',
      ask: { text: 'Êtes-vous déjà venu ?', field: 'known', slot: { type: 'YesNo' }, confirm: 'Never' },
      next: 'file',
    },
    {
      name: 'file',
      ask: {
        ...{ text: 'Tapez les trois chiffres.', field: 'file', keys: 'Only', confirm: 'Never' },
        slot: { type: 'Digits', minDigits: 3, maxDigits: 3 },
      },
      next: 'end',
    },
    { name: 'end', hangUp: { say: 'Au revoir.' } },
  ],
}

const announcement: Bot['dialog'] = {
  start: 'all',
  steps: [{ name: 'all', hangUp: { say: LONG } }],
}

/** Ports that no other test of this machine uses for media: the wire is shared. */
const MEDIA = { bot: 27_100, sipp: 27_200 }

describe('clients that we did not write', function () {
  this.timeout(90_000)
  let folder: string
  let speech: SpeechStandIn
  let pod: VoicePod
  let callers: Baresip[]

  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-callers-'))
    speech = await startSpeechStandIn()
    callers = []
  })
  afterEach(async () => {
    for (const caller of callers) await caller.stop()
    await pod?.kill()
    await speech.close()
    rmSync(folder, { recursive: true })
  })

  async function startPod(dialog: Bot['dialog'], srtp: 'Required' | 'Disabled' = 'Required'): Promise<void> {
    const provider = { type: 'OpenAICompatible', url: speech.url, region: 'here' } as const
    const bot: Bot = {
      ...{ language: 'fr-FR', dialog, speech: { asr: [provider], tts: [provider] }, capacity: { callsPerPod: 10 } },
      ...{ fallback: { number: '+33199000099', integrationRef: { name: 'town' } }, integrations: [{ name: 'town' }] },
      media: { srtp, sipTransport: srtp === 'Required' ? 'TLS' : 'Any' },
    }
    pod = await startVoicePod({ folder: join(folder, 'pod'), bot, plainSip: true, mediaPort: MEDIA.bot })
  }

  async function baresip(change: Partial<CallerOptions> = {}): Promise<Baresip> {
    const caller = await startBaresip({
      ...{ folder: join(folder, `caller-${callers.length}`), transport: 'tls', srtp: 'Mandatory', codec: 'PCMA' },
      ...{ user: '+33612345678', names: { [NAME]: ['127.0.0.1'] }, identity: pod.authority.issue([EDGE]) },
      ...change,
    })
    callers.push(caller)
    return caller
  }
  const dial = (caller: Baresip) => caller.dial(`sip:+33199000001@${NAME}:${pod.sipsPort}`)

  /** Waits until the bot has spoken after `seconds` of the recording and is silent. */
  const botStops = (caller: Baresip, seconds: number) =>
    until('the bot to speak and be silent', 20, () => {
      const { soundEnded = 0, seconds: now } = caller.heard()
      return soundEnded > seconds && now - soundEnded > 0.5
    })

  it('complete a call over TLS and SRTP with speech, keys and audio both ways: baresip, which the bot hangs up on', async () => {
    await startPod(flow)
    speech.toHear.push('Oui, tout à fait.')
    const caller = await baresip()
    await dial(caller)
    await answered(caller, 10)
    await botStops(caller, 0)
    await caller.say(vowels(1.2))
    await botStops(caller, caller.heard().seconds)
    expect(speech.heard, 'what the caller said reached the recogniser').to.equal(1)
    await caller.press('471')
    expect(await caller.outcome).to.deep.equal({ ended: 'ByBot' })
    expect(caller.suite()).to.match(/^(AES_CM_128_HMAC_SHA1_80|AEAD_AES_(128|256)_GCM)$/)
    expect(caller.heard().soundSeconds).to.be.greaterThan(1)
  })

  it('are refused with 488 when they offer plain RTP to a bot that requires SRTP, and call no one', async () => {
    await startPod(flow)
    const caller = await baresip({ srtp: 'None' })
    await dial(caller)
    expect(await caller.outcome).to.deep.equal({ ended: 'Refused', status: 488, reason: 'Not Acceptable Here' })
  })

  it('reach nobody without a certificate, or with one of another CA', async () => {
    await startPod(flow)
    const { createAuthority } = await import('../../harness/authority.ts')
    const nobody = await baresip({ identity: undefined })
    const stranger = await baresip({ identity: createAuthority('another CA').issue([EDGE]) })
    for (const caller of [nobody, stranger]) await dial(caller)
    await pause(3000)
    for (const caller of [nobody, stranger]) expect(caller.isEstablished()).to.equal(false)
    expect(pod.log()).not.to.include('"call":')
  })

  it('end with the program that has started them, however that ends: baresip, whose program is killed', async () => {
    const own = join(folder, 'left-behind')
    const module = new URL('../../../hack/calls/baresip.ts', import.meta.url).href
    const options = { folder: own, transport: 'udp', srtp: 'None', codec: 'PCMA', user: 'nobody' }
    const program = `await (await import('${module}')).startBaresip(${JSON.stringify(options)}); console.log('up')`
    const parent = spawn(process.execPath, ['--input-type=module', '--eval', program], {
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    await once(parent.stdout, 'data')
    const left = () => tryRun('pgrep', ['-f', own]).then(({ stdout }) => stdout.split('\n').filter((pid) => pid !== ''))
    expect(await left(), 'the program and its baresip').to.have.lengthOf(2)
    parent.kill('SIGKILL')
    await until('nobody to be left', 5, async () => (await left()).length === 0)
  })

  it('notice who else answered their call: SIPp', async () => {
    const callOf = async (answerers: number) => {
      const ghosts = await startGhosts(answerers)
      try {
        return await runSipp({
          ...{ folder: join(folder, `answered-by-${answerers}`), target: ghosts.target, transport: 'udp', srtp: false },
          ...{ number: '1', address: '127.0.0.1', calls: 1, concurrent: 1, perSecond: 1 },
          ends: { by: 'Caller', afterMs: 1_500 },
        })
      } finally {
        ghosts.close()
      }
    }
    expect((await callOf(1)).answeredTwice).to.have.lengthOf(0)
    expect((await callOf(2)).answeredTwice).to.have.lengthOf(1)
  })

  const sipp = (change: Pick<SippOptions, 'transport' | 'target' | 'srtp'> & Partial<SippOptions>) => {
    const audio = join(folder, 'caller.alaw')
    const samples = vowels(2)
    const octets = new Uint8Array(samples.length)
    encode(laws.PCMA, samples, octets, 0)
    writeFileSync(audio, octets)
    return runSipp({
      ...{ folder: join(folder, `sipp-${change.transport}`), number: '+33199000001', address: '127.0.0.1' },
      ...{ calls: 5, concurrent: 5, perSecond: 10, audio, ends: { by: 'Bot', withinMs: 30_000 } },
      mediaPort: MEDIA.sipp,
      ...change,
    })
  }

  for (const transport of ['udp', 'tcp'] as const) {
    it(`complete calls with audio both ways over ${transport.toUpperCase()} where that is open: SIPp`, async () => {
      await startPod(announcement, 'Disabled')
      const file = join(folder, 'wire.pcap')
      const capture = await startCapture({
        file,
        networkInterface: 'lo',
        filter: `udp portrange ${MEDIA.bot}-${MEDIA.sipp - 1}`,
        snapLength: 300,
      })
      const result = await sipp({ transport, target: `127.0.0.1:${pod.plainSipPort}`, srtp: false })
      expect(await capture.stop()).to.deep.equal({ dropped: 0 })
      expect(result, result.errors).to.include({ exitCode: 0, successful: 5, failed: 0 })
      const streams = judgeRtp(packetsIn(file)).filter(({ packets }) => packets > 50)
      const fromBot = streams.filter(({ from }) => Number(from.split(':')[1]) < MEDIA.sipp)
      expect(fromBot).to.have.lengthOf(5)
      expect(streams.length - fromBot.length).to.equal(5)
      for (const { missing } of fromBot) expect(missing).to.equal(0)
    })
  }

  it('complete calls over TLS and SRTP, the server proved by its CA: SIPp', async () => {
    await startPod(announcement)
    const tls = { ...pod.authority.issue([EDGE]), ca: pod.authority.cert }
    const result = await sipp({ transport: 'tls', target: `127.0.0.1:${pod.sipsPort}`, srtp: true, tls })
    expect(result, result.errors).to.include({ exitCode: 0, successful: 5, failed: 0 })
    expect(result.answerMs).to.have.lengthOf(5)
  })

  it('get an answer to their probes: sipsak', async () => {
    await startPod(announcement, 'Disabled')
    const probe = ['-s', `sip:+33199000001@127.0.0.1:${pod.plainSipPort}`, '-v']
    const udp = await tryRun('sipsak', probe)
    expect([udp.code, udp.stdout]).to.satisfy(([code, said]: [number, string]) => code === 0 && said.includes('200'))
    const tcp = await tryRun('sipsak', [...probe, '-E', 'tcp'])
    expect(tcp.code, tcp.stdout).to.equal(0)
  })
})

/** Answers each INVITE by so many, half a second apart, and each BYE. */
async function startGhosts(answerers: number): Promise<{ target: string; close(): void }> {
  const socket = createSocket('udp4').bind(0, '127.0.0.1')
  await once(socket, 'listening')
  const target = `127.0.0.1:${socket.address().port}`
  socket.on('message', (message, { port, address }) => {
    const text = String(message)
    const header = (name: string) => new RegExp(`^${name}:.*$`, 'm').exec(text)![0].trim()
    const answer = (tag: string) =>
      socket.send(
        [
          'SIP/2.0 200 OK',
          ...[header('Via'), header('From'), header('To').replace(/$/, tag), header('Call-ID'), header('CSeq')],
          ...[`Contact: <sip:bot@${target}>`, 'Content-Length: 0', '', ''],
        ].join('\r\n'),
        port,
        address,
      )
    if (text.startsWith('BYE')) answer('')
    if (!text.startsWith('INVITE')) return
    for (let who = 0; who < answerers; who++) setTimeout(() => answer(`;tag=${who}`), 500 * who)
  })
  return { target, close: () => socket.close() }
}
