// @seconds 57
import { expect } from 'chai'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { flowSchema } from '../../../src/api/flow.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { type Pod, startPod } from '../../../src/voice/pod/pod.ts'
import { header } from '../../../src/wire/sip/message.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCallee, type LoopbackCallee } from '../../harness/loopback-callee.ts'
import { hearEachOther } from '../../harness/loopback-voice.ts'
import { createLoopbackCaller, redirect, type LoopbackCall } from '../../harness/loopback-caller.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../harness/pod-folder.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { vowels } from '../../harness/vowels.ts'

const SERVER = 'town-hall.clinic.svc'
const EDGE = 'callbot-edge.callbot-system.svc'
const turnTaking = { endOfTurnMilliseconds: 300, silenceSeconds: 30, stuckSeconds: 4, longestCallSeconds: 3_600 }

/** Key 1: a transfer, with a way on when nobody answers. Key 2: one without. Anything else the caller says is a wish, or nothing. */
const dialog = flowSchema.parse({
  steps: [
    {
      name: 'wish',
      ask: { text: 'Bonjour.', field: 'wish', slot: { type: 'Digits', minDigits: 1, maxDigits: 1 }, confirm: 'Never' },
      next: 'way',
    },
    { name: 'way', choose: { branches: [{ field: 'wish', values: ['1'], next: 'desk' }], otherwise: 'office' } },
    {
      name: 'desk',
      transfer: { integration: 'cabinet', to: '4001', ringSeconds: 5, handOver: ['wish'], unanswered: 'nobody' },
    },
    { name: 'office', transfer: { integration: 'cabinet', to: '4002', ringSeconds: 5, method: 'Refer' } },
    { name: 'nobody', hangUp: { say: 'Personne ne répond.' } },
  ],
})

type Sip = NonNullable<BotConfiguration['integrations'][number]['sip']>
const trunks = (change: Partial<Sip> = {}): BotConfiguration['integrations'] => [
  {
    name: 'cabinet',
    sip: {
      ...{ media: ['Required'], transferMethods: ['Bridge', 'Refer'], callerNumber: 'Caller' },
      handOver: [{ field: 'wish', header: 'X-Callbot-Wish' }],
      ...change,
    },
  },
]

/** Real SIP over TLS and real SRTP on both sides; the callee stands where the pod believes an edge. */
describe('a caller who is put through', function () {
  this.timeout(40_000)
  const authority = createAuthority('test CA')
  let caller: Awaited<ReturnType<typeof createLoopbackCaller>>
  let callee: LoopbackCallee
  let speech: SpeechStandIn
  let folder: PodFolder
  let pod: Pod
  let ended: string[]

  before(async () => {
    caller = await createLoopbackCaller({ ca: authority.cert, ...authority.issue([EDGE]) })
  })
  after(() => caller.close())

  beforeEach(async () => {
    callee = await createLoopbackCallee({
      identity: { ca: authority.cert, ...authority.issue([EDGE]) },
      pods: [SERVER],
    })
    speech = await startSpeechStandIn()
  })
  afterEach(async () => {
    await pod.drain()
    await callee.close()
    await folder.remove()
    await speech.close()
  })

  async function open(change: Partial<BotConfiguration> = {}): Promise<void> {
    const { provider } = speech
    const own = { dialog, tests: [], turnTaking, integrations: trunks() }
    const bot = sampleBot({ speech: { asr: [provider], tts: [provider], vocabulary: [] }, ...own, ...change })
    const env = { CALLBOT_EDGE_PORT: String(callee.port) }
    folder = await makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot, env })
    ended = []
    const info = (fields: object, text: string) =>
      void (text === 'a call has ended' && ended.push(Object.values(pick(fields)).join(' ')))
    pod = await startPod(folder.config, clock, { ...silent, info })
  }

  const dial = async (): Promise<LoopbackCall> => {
    const call = await caller.call({ port: pod.sipsPort, servername: SERVER })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    return call
  }
  const press = async (key: string) => {
    const call = await dial()
    await call.botStops(200)
    call.session.sendDtmf(key)
    return call
  }
  const outcome = () => eventually(() => expect(ended).to.have.length(1)).then(() => ended[0])

  it('talks with the person, both ways, until one of them hangs up', async () => {
    await open()
    const call = await press('1')
    const person = await callee.came(1)
    const { session, dialog: there } = await person.answered
    expect(session.suite).to.be.a('string')
    await hearEachOther(call, person)
    const asked = speech.heard
    await call.dialog.bye()
    expect((await there.ended).cause).to.equal('remote')
    expect(await outcome()).to.equal('transferred bridge')
    expect(speech.heard, 'no recogniser listens to people').to.equal(asked)
  })

  it('is announced by number, integration and what the integration has headers for, and by nothing else', async () => {
    await open()
    const call = await press('1')
    const { request } = (await callee.came(1)).incoming.understood
    expect(request.uri).to.equal('sip:4001@cabinet.clinic.trunks')
    expect(header(request, 'x-callbot-wish')).to.equal('1')
    expect(header(request, 'x-callbot-media')).to.equal('Secure')
    expect(header(request, 'from')).to.match(/^<sip:caller@example\.org>;tag=/)
    expect(header(request, 'user-agent')).to.equal('callbot')
    await call.dialog.bye()
  })

  it('takes no value along that the retention policy does not list: not with a transfer, nor to the emergency number', async () => {
    const wishOf = async (way: number) => header((await callee.came(way)).incoming.understood.request, 'x-callbot-wish')
    await open({ collect: ['other'] })
    callee.behaviours.push(486)
    const rescued = await press('2')
    expect([await wishOf(1), await wishOf(2)]).to.deep.equal([undefined, undefined])
    await rescued.dialog.bye()
    const moved = await press('1')
    expect(await wishOf(3)).to.equal(undefined)
    await moved.dialog.bye()
  })

  it('is hung up when the person hangs up', async () => {
    await open()
    const call = await press('1')
    const { dialog: there } = await (await callee.came(1)).answered
    await there.bye()
    expect(await call.ended).to.equal('remote')
    expect(await outcome()).to.equal('transferred bridge')
  })

  it('presses keys that the person’s side hears, and the other way round', async () => {
    await open()
    const call = await press('1')
    const person = await callee.came(1)
    const { session } = await person.answered
    call.session.sendDtmf('42#')
    session.sendDtmf('7')
    await eventually(() => {
      expect(person.keys.join('')).to.equal('42#')
      expect(call.keys.join('')).to.equal('7')
    })
    await call.dialog.bye()
  })

  it('may be put on hold by the person, and taken up again', async () => {
    await open()
    const call = await press('1')
    const person = await callee.came(1)
    const there = await person.answered
    await redirect(there, 'inactive')
    call.say(vowels(0.3))
    await pause(500)
    const from = call.heard.length
    await pause(300)
    expect(call.heard.slice(from).every(({ loudness }) => loudness < 50)).to.equal(true)
    await redirect(there, 'sendrecv')
    await hearEachOther(call, person, 0.3)
    await call.dialog.bye()
  })

  it('hears it ring, and is not left in a call that nobody wants any more: hanging up cancels', async () => {
    await open()
    callee.behaviours.push({ ringsFor: 4_000 })
    const call = await press('1')
    const person = await callee.came(1)
    await call.botSpeaks()
    await call.dialog.bye()
    await eventually(() => expect(person.incoming.cancelled.aborted).to.equal(true))
    expect(await outcome()).to.equal('caller-hung-up none')
  })

  it('goes on with the dialog when nobody answers in time, or the person declines', async () => {
    await open()
    callee.behaviours.push(486)
    const declined = await press('1')
    expect(await declined.ended).to.equal('remote')
    expect(await outcome()).to.equal('hung-up none')
    expect(speech.said).to.include('Personne ne répond.')
    expect(callee.calls).to.have.length(1)
  })

  it('reaches the emergency number when the dialog has no way on', async () => {
    await open({ collect: ['wish'] })
    callee.behaviours.push(486)
    const call = await press('2')
    const person = await callee.came(2)
    await person.answered
    expect(header(person.incoming.understood.request, 'x-callbot-wish')).to.equal('2')
    expect(callee.calls[0]!.incoming.understood.request.uri).to.equal('sip:4002@cabinet.clinic.trunks')
    expect(person.incoming.understood.request.uri).to.equal('sip:+33199000099@cabinet.clinic.trunks')
    await call.dialog.bye()
    expect(await outcome()).to.equal('emergency dialog')
  })

  it('is offered in the clear only where a trunk asks for that, and only after SRTP', async () => {
    await open({ integrations: trunks({ media: ['Required', 'Disabled'] }) })
    callee.policy = { srtp: 'Disabled', codecs: ['PCMU'] }
    const call = await press('1')
    const person = await callee.came(2)
    const { session } = await person.answered
    expect(callee.calls.map(({ incoming }) => header(incoming.understood.request, 'x-callbot-media'))).to.deep.equal([
      'Secure',
      'Plain',
    ])
    expect([session.suite, session.codec]).to.deep.equal([undefined, 'PCMU'])
    await hearEachOther(call, person)
    expect(call.session.suite).to.be.a('string')
    await call.dialog.bye()
  })

  it('is never offered in the clear where every trunk requires SRTP', async () => {
    await open()
    callee.policy = { srtp: 'Disabled', codecs: ['PCMA'] }
    const call = await press('1')
    expect(await call.ended).to.equal('remote')
    expect(callee.calls).to.have.length(1)
  })

  describe('to the emergency number, because', () => {
    const reached = async (call: LoopbackCall) => {
      const person = await callee.came(1)
      await person.answered
      await hearEachOther(call, person)
      await call.dialog.bye()
      return outcome()
    }

    it('the caller wants a person', async () => {
      await open()
      const call = await dial()
      await call.botStops(200)
      speech.toHear.push('je voudrais parler à quelqu’un')
      call.say(vowels(0.8))
      expect(await reached(call)).to.equal('emergency CallerWish')
    })

    it('the caller says nothing', async () => {
      await open({ turnTaking: { ...turnTaking, silenceSeconds: 10 } })
      expect(await reached(await dial())).to.equal('emergency Silence')
    })

    it('no recogniser answers', async () => {
      await open()
      speech.failWith = { asr: 400 }
      const call = await dial()
      for (let turn = 0; turn < 2; turn++) {
        await call.botStops(200)
        call.say(vowels(0.8))
      }
      expect(await reached(call)).to.equal('emergency asr')
    })

    it('no voice answers', async () => {
      speech.failWith = { tts: 500 }
      await open()
      expect(await reached(await dial())).to.equal('emergency tts')
    })

    it('the bot is stuck', async () => {
      await open()
      const call = await dial()
      await call.botStops(200)
      speech.delay.asr = 60_000
      call.say(vowels(0.8))
      expect(await reached(call)).to.equal('emergency stuck')
    })

    it('the pod has to leave', async () => {
      await open({ drain: { deadlineSeconds: 1 } })
      const call = await dial()
      await call.botStops(200)
      void pod.drain()
      expect(await reached(call)).to.equal('emergency draining')
    })
  })

  it('to the emergency number whose trunks are all busy hears it ring until one is free', async () => {
    await open()
    callee.behaviours.push(503, 503, 503)
    const call = await dial()
    await call.botStops(200)
    speech.toHear.push('je voudrais parler à quelqu’un')
    call.say(vowels(0.8))
    await (
      await callee.came(4)
    ).answered
    await call.dialog.bye()
    expect(await outcome()).to.equal('emergency CallerWish')
  })

  it('to nobody, since nobody takes the call, hears an apology; and that counts as failed', async () => {
    await open()
    callee.behaviours.push(603)
    const call = await dial()
    await call.botStops(200)
    speech.toHear.push('je voudrais parler à quelqu’un')
    call.say(vowels(0.8))
    await callee.came(1)
    await call.botStops(100)
    expect(await call.ended).to.equal('remote')
    expect(await outcome()).to.equal('failed CallerWish')
  })
})

const pick = (fields: object) => {
  const { outcome, reason } = fields as { outcome: string; reason: string }
  return { outcome, reason }
}
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
