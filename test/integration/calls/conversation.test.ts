// @seconds 57
import { expect } from 'chai'
import { request } from 'node:http'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { flowSchema } from '../../../src/api/flow.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { type Pod, startPod } from '../../../src/voice/pod/pod.ts'
import type { Provider } from '../../../src/voice/speech/openai-requests.ts'
import { createAuthority, type Authority, type Issued } from '../../harness/authority.ts'
import {
  createLoopbackCaller,
  redirect,
  type LoopbackCall,
  type LoopbackCaller,
} from '../../harness/loopback-caller.ts'
import { eventually } from '../../harness/eventually.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../harness/pod-folder.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { vowels } from '../../harness/vowels.ts'

const SERVER = 'town-hall.clinic.svc'
/** A turn ends sooner than for people: a test has no time. */
const turnTaking = { endOfTurnMilliseconds: 300, silenceSeconds: 30, stuckSeconds: 10, longestCallSeconds: 3_600 }
type Turn = Record<'call' | 'at' | 'heard' | 'said' | 'key' | 'step' | 'ended', string>

/** Real SIP over TLS, real SRTP, the real model of voices; only words come from a script, since nobody speaks. */
describe('a call', function () {
  this.timeout(90_000)
  let authority: Authority
  let edge: Issued
  let speech: SpeechStandIn
  let caller: LoopbackCaller
  let folder: PodFolder
  let pod: Pod
  let turns: Turn[]

  before(async () => {
    authority = createAuthority('test CA')
    edge = authority.issue(['callbot-edge.callbot-system.svc'])
    caller = await createLoopbackCaller({ ca: authority.cert, ...edge })
  })
  after(() => caller.close())

  type Change = Partial<BotConfiguration>
  const open = async (change: Change = {}, more?: (provider: Provider) => Change) => {
    speech = await startSpeechStandIn()
    const { provider } = speech
    const bot = sampleBot({
      speech: { asr: [provider], tts: [provider], vocabulary: ['Lilas'] },
      turnTaking,
      ...change,
      ...more?.(provider),
    })
    folder = await makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot })
    pod = await startPod(folder.config, clock, silent)
    turns = []
    listen(folder.config.turnsSocket, turns)
  }
  afterEach(async () => {
    await pod.drain()
    await folder.remove()
    await speech.close()
  })

  const dial = async (): Promise<LoopbackCall> => {
    const call = await caller.call({ port: pod.sipsPort, servername: SERVER })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    return call
  }
  const answer = async (call: LoopbackCall, words: string) => {
    await call.botStops()
    speech.toHear.push(words)
    call.say(vowels(0.8))
    await call.botSpeaks()
  }
  const all = (what: 'heard' | 'said' | 'key' | 'ended') => turns.flatMap((turn) => turn[what] ?? [])

  it('goes by the dialog from the greeting to the end, by voice and by keys, and the bot hangs up', async () => {
    await open()
    const call = await dial()
    for (const words of ['je voudrais un rendez-vous', 'demain', 'oui', 'le matin', 'oui']) await answer(call, words)
    await call.botStops()
    call.session.sendDtmf('471100')
    await call.botSpeaks()
    await answer(call, 'zéro six trente-neuf quatre-vingt-dix-huit zéro zéro quarante-deux')
    await answer(call, 'oui')
    expect(await call.ended).to.equal('remote')
    await pod.drain()
    expect(all('heard')).to.have.length(7)
    expect(all('key').join('')).to.equal('••••••')
    expect(all('said').at(-1)).to.match(/^Votre demande pour le .* est notée.* Au revoir\.$/)
    expect(all('ended')).to.deep.equal(['hung-up'])
    expect(call.session.suite).to.be.a('string')
  })

  it('stops speaking within 200 ms of the caller speaking, and listens', async () => {
    await open()
    const call = await dial()
    await call.botSpeaks()
    await pause(500)
    speech.toHear.push('un rendez-vous')
    const from = clock.monotonic()
    call.say(vowels(0.8))
    await call.botStops(200)
    const lastSound = call.heard.findLast(({ loudness }) => loudness > 200)!.at
    // Both ways through jitter buffers, a network's share of the time; the bot itself has 200 ms.
    expect(lastSound - from).to.be.within(0, 320)
    await call.botSpeaks()
    expect(all('heard')).to.deep.equal(['un rendez-vous'])
    await call.dialog.bye()
  })

  it('says again what a cough has interrupted', async () => {
    await open()
    const call = await dial()
    await call.botSpeaks()
    await pause(50)
    call.say(vowels(0.5))
    await call.botStops(300)
    await eventually(() => expect(all('said')).to.deep.equal([all('said')[0], all('said')[0]]))
    expect(speech.heard).to.equal(1)
    expect(all('heard')).to.deep.equal([])
    await call.dialog.bye()
  })

  it('sends a turn with silence around it, the language, and the words that are likely', async () => {
    await open()
    const call = await dial()
    await answer(call, 'un rendez-vous')
    const { headers, body } = speech.last.get('/v1/audio/transcriptions')!
    expect(headers['content-type']).to.match(/^multipart\/form-data; boundary=/)
    const text = body.toString('latin1')
    expect(text).to.match(/name="language"\r\n\r\nfr\r\n/)
    expect(text).to.match(/name="prompt"\r\n\r\n[^\r]*Lilas/)
    await call.dialog.bye()
  })

  it('is led by a language model where the dialog says so, within the limits that the dialog sets', async () => {
    const model = { instructions: 'Tu es la mairie.', collects: [{ field: 'wish', meaning: 'what for' }] }
    const exits = [{ name: 'done', when: 'the wish is known', next: 'end' }]
    const steps = [
      { name: 'talk', llm: { ...model, exits } },
      { name: 'end', hangUp: { say: 'Noté : {wish}.' } },
    ]
    await open({ dialog: flowSchema.parse({ steps }), tests: [] }, (provider) => ({ llm: { providers: [provider] } }))
    speech.toTalk.push(
      { say: 'Bonjour, la mairie. Que puis-je pour vous ?' },
      { say: 'Merci.', collected: { wish: 'un passeport', secret: 'never asked for' }, exit: 'done' },
    )
    const call = await dial()
    await answer(call, 'je voudrais un passeport')
    expect(await call.ended).to.equal('remote')
    expect(all('said')).to.deep.equal(['Bonjour, la mairie. Que puis-je pour vous ?', 'Merci.', 'Noté : un passeport.'])
    const { messages } = JSON.parse(speech.last.get('/v1/chat/completions')!.body.toString())
    expect(messages.at(-1)).to.deep.equal({ role: 'user', content: 'je voudrais un passeport' })
    expect(messages[0].content).to.match(/^Tu es la mairie\.[^]*- wish: what for[^]*- done: the wish is known/)
  })

  it('ends with an apology when no recogniser answers twice in a row, and counts as failed', async () => {
    await open()
    speech.failWith = { asr: 400 }
    const call = await dial()
    await call.botStops()
    call.say(vowels(0.8))
    await call.botSpeaks()
    await call.botStops()
    call.say(vowels(0.8))
    expect(await call.ended).to.equal('remote')
    await pod.drain()
    expect(all('ended')).to.deep.equal(['failed'])
  })

  it('that offers plain RTP is refused with 488 and never answered in the clear', async () => {
    await open()
    const plain = { srtp: 'Disabled' as const, codecs: ['PCMA' as const] }
    expect(await caller.call({ port: pod.sipsPort, servername: SERVER, policy: plain })).to.equal(488)
  })

  it('finds 503 at a pod that is full, and goes on undisturbed by it', async () => {
    await open({ capacity: { callsPerPod: 1 } })
    const call = await dial()
    expect(await caller.call({ port: pod.sipsPort, servername: SERVER })).to.equal(503)
    await call.botSpeaks()
    await call.dialog.bye()
  })

  it('is silent on hold, however long, and goes on when it is taken up again', async () => {
    await open()
    const call = await dial()
    await call.botSpeaks()
    await redirect(call, 'sendonly')
    await pause(300)
    const from = call.heard.length
    await pause(1_500)
    expect(call.heard.slice(from).every(({ loudness }) => loudness < 50)).to.equal(true)
    await redirect(call, 'sendrecv')
    await call.botSpeaks()
    await call.dialog.bye()
  })

  it('goes on while its pod drains, which waits for it and takes no other', async () => {
    await open()
    const call = await dial()
    await call.botSpeaks()
    const drained = pod.drain()
    expect(await caller.call({ port: pod.sipsPort, servername: SERVER })).to.equal(503)
    await answer(call, 'un rendez-vous')
    expect(await Promise.race([drained, 'still there'])).to.equal('still there')
    await call.dialog.bye()
    await drained
    expect(all('ended')).to.deep.equal(['caller-hung-up'])
  })

  it('that is still there at the deadline of the drain hears an apology and is ended, not cut', async () => {
    await open({ drain: { deadlineSeconds: 1 } })
    const call = await dial()
    await call.botSpeaks()
    const drained = pod.drain()
    expect(await call.ended).to.equal('remote')
    await drained
    expect(all('ended')).to.deep.equal(['failed'])
    expect(all('said').at(-1)).to.match(/person|coll|instant|excus|désol/i)
  })
})

const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

function listen(socketPath: string, turns: Turn[]): void {
  request({ socketPath, path: '/' }, (response) => {
    let rest = ''
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      turns.push(...lines.map((line) => JSON.parse(line) as Turn))
    })
    response.on('error', () => undefined)
  }).end()
}
