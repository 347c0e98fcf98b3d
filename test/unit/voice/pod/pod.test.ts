import { expect } from 'chai'
import { ORDER_HEADER, policyDigest, type PolicyTold, writeOrder } from '../../../../src/rules/policy-order.ts'
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { systemClock as clock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { probeOptions } from '../../../../src/telephony/options-probe.ts'
import { startPod, type Pod } from '../../../../src/voice/pod/pod.ts'
import { createAuthority, type Authority, type Issued } from '../../../harness/authority.ts'
import { eventually } from '../../../harness/eventually.ts'
import { getPage as get } from '../../../harness/pod-page.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../../harness/pod-folder.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../../harness/speech-stand-in.ts'

const SERVER = 'town-hall.clinic.svc'
const OPERATOR = 'callbot-operator.callbot-system.svc'

describe('a bot pod', () => {
  let authority: Authority
  let operator: Issued
  let speech: SpeechStandIn
  let folder: PodFolder
  let pod: Pod

  before(async () => {
    authority = createAuthority('test CA')
    operator = authority.issue([OPERATOR])
    speech = await startSpeechStandIn()
  })

  after(() => speech.close())

  beforeEach(async () => {
    folder = await newFolder()
    pod = await startPod(folder.config, clock, silent)
  })

  afterEach(async () => {
    await pod.drain()
    await folder.remove()
  })

  const newFolder = (o: { own?: Issued; env?: Record<string, string> } = {}) => {
    const { provider } = speech
    const bot = sampleBot({ speech: { asr: [provider], tts: [provider], vocabulary: [] } })
    return makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot, ...o })
  }

  const probe = (o: Partial<{ as: Issued; name: string; ca: string; timeoutMs: number }> = {}) =>
    probeOptions({
      host: '127.0.0.1',
      port: pod.sipsPort,
      servername: o.name ?? SERVER,
      tls: { ca: o.ca ?? authority.cert, ...(o.as ?? operator) },
      timeoutMs: o.timeoutMs ?? 2_000,
      clock,
    })

  it('answers OPTIONS of the operator with 200', async () => {
    const result = await probe()
    expect(result).to.have.property('ok', true)
    expect(result).to.have.property('rttMs').within(0, 2_000)
  })

  it('tells with 200 what it allows, accepts and supports (RFC 3261 11.2)', async () => {
    const socket = await dial(pod.sipsPort, authority.cert, operator)
    const answer = await converse(socket, options())
    expect(answer).to.match(/^SIP\/2\.0 200 OK\r\n/)
    for (const name of [
      'Allow: INVITE, ACK, CANCEL, BYE, OPTIONS',
      'Accept: application/sdp',
      'Accept-Encoding:',
      'Supported:',
      'Accept-Language:',
    ]) {
      expect(answer).to.include(`\r\n${name}`)
    }
    expect(answer).to.match(/\r\nTo: <sip:bot@example\.com>;tag=[\w-]+\r\n/)
  })

  it('refuses a peer without certificate', async () => {
    const socket = connect({ host: '127.0.0.1', port: pod.sipsPort, ca: authority.cert, servername: SERVER })
    const [error] = await once(socket, 'error')
    expect(String(error)).to.match(/certificate required/i)
  })

  it('refuses a peer whose certificate is of another CA', async () => {
    const other = createAuthority('other').issue([OPERATOR])
    expect(await probe({ as: other })).to.have.property('ok', false)
  })

  it('refuses a peer of its own CA that proves none of the names it expects, such as another bot', async () => {
    const bot = authority.issue(['other.clinic.svc'])
    expect(await probe({ as: bot })).to.deep.include({ ok: false })
  })

  it('is not believed by a probe that looks for another name', async () => {
    const result = await probe({ name: 'other.clinic.svc' })
    expect(result).to.deep.equal({ ok: false, because: 'the certificate does not prove the name other.clinic.svc' })
  })

  it('answers a request that is not SIP/2.0 with 505, one without Content-Length with 400, and hangs up on both', async () => {
    const old = await dial(pod.sipsPort, authority.cert, operator)
    const oldEnds = once(old, 'close')
    expect(await converse(old, options().replace(' SIP/2.0\r\n', ' SIP/7.0\r\n'))).to.match(/^SIP\/2\.0 505 /)
    await oldEnds
    const short = await dial(pod.sipsPort, authority.cert, operator)
    const shortEnds = once(short, 'close')
    expect(await converse(short, options().replace('Content-Length: 0\r\n', ''))).to.match(/^SIP\/2\.0 400 /)
    await shortEnds
  })

  it('answers 501, 405 and 481 as RFC 3261 asks, and an ACK not at all', async () => {
    const socket = await dial(pod.sipsPort, authority.cert, operator)
    expect(await converse(socket, options('JUGGLE'))).to.match(/^SIP\/2\.0 501 /)
    const refused = await converse(socket, options('SUBSCRIBE'))
    expect(refused).to.match(/^SIP\/2\.0 405 /)
    expect(refused).to.include('\r\nAllow: INVITE, ')
    for (const method of ['BYE', 'CANCEL']) expect(await converse(socket, options(method))).to.match(/^SIP\/2\.0 481 /)
    expect(await converse(socket, options('ACK') + options())).to.match(/^SIP\/2\.0 200 /)
    socket.destroy()
  })

  it('answers requests that arrive octet by octet, and keep-alives with CRLF (RFC 5626 4.4.1)', async () => {
    const socket = await dial(pod.sipsPort, authority.cert, operator)
    for (const octet of Buffer.from(options()).subarray(0, -1)) socket.write(Buffer.from([octet]))
    expect(await converse(socket, '\n')).to.match(/^SIP\/2\.0 200 /)
    expect(await converse(socket, '\r\n\r\n')).to.equal('\r\n')
    socket.destroy()
  })

  it('closes on a peer that sends more than any message may hold', async () => {
    const socket = await dial(pod.sipsPort, authority.cert, operator)
    socket.on('error', () => {})
    const ends = once(socket, 'close')
    socket.write(`OPTIONS sip:a@b SIP/2.0\r\nX: ${'x'.repeat(40_000)}`)
    await ends
  })

  it('closes on a peer that does not speak SIP at all', async () => {
    const socket = await dial(pod.sipsPort, authority.cert, operator)
    socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await once(socket, 'close')
    expect(socket.bytesRead).to.equal(0)
  })

  it('says over HTTPS that it lives, and that it is ready as soon as its first words are rendered', async () => {
    expect(await get(pod, '/healthz')).to.deep.equal([200, 'ok\n'])
    await eventually(async () => expect(await get(pod, '/readyz')).to.deep.equal([200, 'ok\n']))
    expect(speech.said[0]).to.equal('Bonjour, vous êtes au cabinet des Lilas.')
    expect((await get(pod, '/other'))[0]).to.equal(404)
  })

  it('is not ready before that, nor for longer than configured', async () => {
    speech.failWith = { tts: 503 }
    const place = await newFolder({ env: { CALLBOT_GREETING_SECONDS: '2' } })
    const mute = await startPod(place.config, clock, silent)
    expect(await get(mute, '/readyz')).to.deep.equal([
      503,
      'the first words of the conversation flow are being rendered\n',
    ])
    await eventually(async () => expect(await get(mute, '/readyz')).to.deep.equal([200, 'ok\n']))
    speech.failWith = {}
    await mute.drain()
    await place.remove()
  })

  it("is not ready, takes no call and says why while its dialog fails one of the bot's own tests", async () => {
    const { provider } = speech
    const [test] = sampleBot().tests
    const bot = sampleBot({
      ...{ speech: { asr: [provider], tts: [provider], vocabulary: [] } },
      tests: [{ ...test!, ends: 'Fallback' }],
    })
    const place = await makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot })
    const failing = await startPod(place.config, clock, silent)
    expect((await get(failing, '/readyz'))[0]).to.equal(503)
    expect((await get(failing, '/readyz'))[1]).to.include('the conversation flow fails a test of the spec\n')
    expect(await get(failing, '/healthz')).to.deep.equal([200, 'ok\n'])
    const state = JSON.parse((await get(failing, '/state', operator))[1])
    expect(state.places).to.equal(0)
    expect(state.failedTest).to.deep.equal({
      test: 'prise-de-rendez-vous',
      turn: null,
      because: 'the call does not end Fallback but HungUp',
    })
    const socket = await dial(failing.sipsPort, authority.cert, operator)
    expect(await converse(socket, options())).to.match(/^SIP\/2\.0 503 /)
    socket.destroy()
    await failing.drain()
    await place.remove()
  })

  it('shows its state and metrics to the operator, and to nobody else', async () => {
    const bot = authority.issue([SERVER])
    const stranger = createAuthority('other').issue([OPERATOR])
    for (const path of ['/state', '/metrics']) {
      expect((await get(pod, path))[0], 'without certificate').to.equal(403)
      expect((await get(pod, path, bot))[0], 'with that of a bot').to.equal(403)
      expect((await get(pod, path, stranger))[0], 'with that of another CA').to.equal(403)
      expect((await get(pod, path, operator))[0]).to.equal(200)
    }
    const state = JSON.parse((await get(pod, '/state', operator))[1])
    expect(state).to.deep.include({
      calls: 0,
      answered: 0,
      failed: 0,
      refused: 0,
      lastCallAt: null,
      dialogProblem: null,
    })
    expect((await get(pod, '/metrics', operator))[1]).to.match(/^callbot_call_places 20$/m)
  })

  it('takes a policy from the operator alone, and says which one its calls go by', async () => {
    const order = (epoch: number, ...collect: string[]) => ({
      [ORDER_HEADER]: writeOrder({ epoch, collect, callMetadata: 'NotKept' }),
    })
    const told = async () => (JSON.parse((await get(pod, '/state', operator))[1]) as { policy: PolicyTold }).policy
    const before = await told()
    await get(pod, '/state', undefined, order(Date.now()))
    await get(pod, '/state', authority.issue([SERVER]), order(Date.now()))
    expect(await told()).to.deep.equal(before)
    await get(pod, '/state', operator, order(7, 'motif'))
    const digest = policyDigest({ collect: ['motif'], callMetadata: 'NotKept' })
    expect(await told()).to.deep.equal({ epoch: 7, digest })
  })

  it('is not ready with a certificate that has expired, but lives', async () => {
    const place = await newFolder({ own: authority.issue([SERVER], new Date(Date.now() - 1_000)) })
    const late = await startPod(place.config, clock, silent)
    await eventually(async () =>
      expect(await get(late, '/readyz')).to.deep.equal([503, 'the certificate has expired\n']),
    )
    expect(await get(late, '/healthz')).to.deep.equal([200, 'ok\n'])
    await late.drain()
    await place.remove()
  })

  it('takes a renewed certificate without a restart, and leaves connections that stand alone', async () => {
    const socket = await dial(pod.sipsPort, authority.cert, operator)
    const next = createAuthority('next CA')
    await folder.mount(next.cert + authority.cert, next.issue([SERVER]))
    let result = await probe({ ca: next.cert })
    for (let tries = 0; tries < 60 && !result.ok; tries++) {
      await new Promise((resolve) => setTimeout(resolve, 100))
      result = await probe({ ca: next.cert })
    }
    expect(result).to.have.property('ok', true)
    expect(await probe()).to.have.property('ok', false)
    expect(await converse(socket, options())).to.match(/^SIP\/2\.0 200 /)
    socket.destroy()
  })

  it('while it drains: is not ready at once, answers OPTIONS with 503 and Retry-After, then leaves', async () => {
    const place = await newFolder({ env: { CALLBOT_LINGER_SECONDS: '4' } })
    const child = await spawnPod(place.env)
    const socket = await dial(child.sipsPort, authority.cert, operator)
    const exit = once(child.process, 'exit')
    child.process.kill('SIGTERM')
    await child.says('draining')
    expect((await get(child, '/readyz'))[1]).to.match(/^the pod is draining$/m)
    expect(await get(child, '/healthz')).to.deep.equal([200, 'ok\n'])
    const answer = await converse(socket, options())
    expect(answer).to.match(/^SIP\/2\.0 503 Service Unavailable\r\n/)
    expect(answer).to.match(/\r\nRetry-After: \d+\r\n/)
    expect(await exit).to.deep.equal([0, null])
    await place.remove()
  })
})

async function dial(port: number, ca: string, as: Issued): Promise<TLSSocket> {
  const socket = connect({ host: '127.0.0.1', port, ca, ...as, servername: SERVER })
  await once(socket, 'secureConnect')
  return socket
}

async function converse(socket: TLSSocket, text: string): Promise<string> {
  const answer = once(socket, 'data')
  socket.write(text)
  return String((await answer)[0])
}

function options(method = 'OPTIONS'): string {
  return [
    `${method} sip:bot@example.com SIP/2.0`,
    'Via: SIP/2.0/TLS edge.example.com;branch=z9hG4bK776asdhds',
    'From: <sip:edge@example.com>;tag=1928301774',
    'To: <sip:bot@example.com>',
    'Call-ID: a84b4c76e66710',
    `CSeq: 1 ${method}`,
    'Max-Forwards: 70',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')
}

async function spawnPod(env: Readonly<Record<string, string>>) {
  const program = "import('./src/voice/main.ts').then(({ run }) => run([], process.env))"
  const child: ChildProcess = spawn(process.execPath, ['--eval', program], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  let output = ''
  child.stdout?.on('data', (chunk) => (output += chunk))
  const says = async (message: string): Promise<Record<string, unknown>> => {
    for (;;) {
      const line = output.split('\n').find((text) => text.includes(`"msg":"${message}"`))
      if (line !== undefined) return JSON.parse(line)
      await once(child.stdout!, 'data')
    }
  }
  const { sipsPort, healthPort } = await says('ready for calls')
  return { process: child, says, sipsPort: Number(sipsPort), healthPort: Number(healthPort) }
}
