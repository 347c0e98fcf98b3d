// @seconds 5
import { expect } from 'chai'
import type { BotIntegration } from '../../../src/api/bot-configuration.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { createMedia } from '../../../src/telephony/media/media.ts'
import type { Media } from '../../../src/telephony/media/types.ts'
import { createUserAgent, type UserAgent } from '../../../src/telephony/user-agent.ts'
import { startCallSession, type Ended, type CallDependencies } from '../../../src/voice/session/call-session.ts'
import { emptyBacklog } from '../../../src/voice/record/backlog.ts'
import { createVoiceMetrics } from '../../../src/voice/metrics.ts'
import { createEdges } from '../../../src/voice/transfer/known-edges.ts'
import { createPutThrough } from '../../../src/voice/transfer/put-through.ts'
import type { Listen } from '../../../src/conversation/types.ts'
import { loadVoiceModel } from '../../../src/voice/vad/silero.ts'
import { createAuthority } from '../../harness/authority.ts'
import { asking, listen } from '../../harness/call-stage.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCallee, type LoopbackCallee } from '../../harness/loopback-callee.ts'
import { hearEachOther } from '../../harness/loopback-voice.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { vowels } from '../../harness/vowels.ts'

const SERVER = 'town-hall.clinic.svc'
const EDGE = 'callbot-edge.callbot-system.svc'
const sip: BotIntegration['sip'] = {
  ...{ media: ['Required'], transferMethods: ['Bridge'], handOver: [], callerNumber: 'Caller' },
}

/** A pod's own parts, put together by hand so that one of them can be broken. */
describe('a bug of the bot', function () {
  this.timeout(20_000)
  const authority = createAuthority('test CA')
  const identityOf = (name: string) => ({
    ...{ ca: authority.cert, ...authority.issue([name]) },
    ...{ notBefore: 0, notAfter: Infinity, fingerprint: name },
  })
  let caller: LoopbackCaller
  let callee: LoopbackCallee
  let media: Media
  let agent: UserAgent
  let place: CallDependencies
  let ended: Promise<Ended>

  beforeEach(async () => {
    caller = await createLoopbackCaller({ ca: authority.cert, ...authority.issue([EDGE]) })
    callee = await createLoopbackCallee({ identity: identityOf(EDGE), pods: [SERVER] })
    media = createMedia({ address: '127.0.0.1', ports: { from: 31_100, to: 31_119 }, clock, log: silent })
    const bot = sampleBot({ integrations: [{ name: 'cabinet', sip }] })
    const edges = createEdges({ names: [EDGE], port: callee.port, plain: undefined, clock })
    const pace = () => media.pace()
    const none = { here: 0, all: 0 }
    const model = await loadVoiceModel()
    const metrics = createVoiceMetrics({
      calls: () => 0,
      capacity: () => 1,
      testCalls: () => 0,
      pace,
      vad: () => model.counts,
      listeners: () => 0,
      endpoints: () => [],
      backlog: () => emptyBacklog,
      prompts: () => none,
    })
    const tools = { media, edges, clock, random: Math.random, log: silent, metrics }
    const unused = () => Promise.reject(new Error('not asked for'))
    place = {
      ...{ bot, model, metrics, media, clock, log: silent, askModel: unused, requestOperation: unused },
      client: { transcribe: unused },
      prompts: { get: () => undefined, render: unused },
      turnTap: { write() {} },
      policy: () => ({ collect: [], callMetadata: 'NotKept' as const }),
      apology: () => [vowels(0.5)],
      putThrough: createPutThrough({ ...tools, namespace: 'clinic', bot }),
      flow: { start: broken, advance: broken },
    }
    agent = await createUserAgent({
      ...{ host: '127.0.0.1', listen: { tls: { port: 0 } }, clock, log: silent, admit: () => undefined },
      tls: { identity: identityOf(SERVER), peers: [EDGE] },
      onCall: (incoming) => void (ended = startCallSession(incoming, place).ended),
    })
  })
  afterEach(async () => {
    await agent.close(100)
    await Promise.all([caller.close(), callee.close(), media.close()])
  })
  const broken = (): never => {
    throw new TypeError('a bug')
  }
  const dial = async () => {
    const call = await caller.call({ port: agent.ports.tls!, servername: SERVER })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    return call
  }

  const breaks = {
    'before it says a word': (dialog: CallDependencies['flow']) => ({ ...dialog, start: broken }),
    'in the middle of a call': (dialog: CallDependencies['flow']) => ({ ...dialog, advance: broken }),
  }
  for (const [when, spoil] of Object.entries(breaks)) {
    it(`${when} takes the caller to the emergency number`, async () => {
      const keysOnly: Listen = { ...listen, slot: 'Digits', keys: 'Only', noInputSeconds: 5 }
      place = { ...place, flow: spoil({ start: () => [asking, [keysOnly]], advance: () => [asking, []] }) }
      const call = await dial()
      call.session.sendDtmf('1')
      const person = await callee.came(1)
      await person.answered
      await hearEachOther(call, person)
      await call.dialog.bye()
      expect(await ended).to.include({ outcome: 'emergency', reason: 'bug' })
      await eventually(() => expect(media.sessions).to.equal(0))
    })
  }

  it('is an apology and the end where the fallback leaves failures of the bot out', async () => {
    place = { ...place, bot: { ...place.bot, fallback: { ...place.bot.fallback, causes: ['CallerWish'] } } }
    const call = await dial()
    await call.botSpeaks()
    expect(await call.ended).to.equal('remote')
    expect(await ended).to.include({ outcome: 'failed', reason: 'bug' })
    expect(callee.calls).to.have.length(0)
  })

  it('in what should have helped hangs up rather than leave a caller in silence', async () => {
    place = { ...place, putThrough: broken }
    const call = await dial()
    expect(await call.ended).to.equal('remote')
    expect(await ended).to.include({ outcome: 'failed', reason: 'bug' })
    await eventually(() => expect(media.sessions).to.equal(0))
  })
})
