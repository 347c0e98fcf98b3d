// @tier proof  @programs voice  @alone
// @guard test/integration/listeners/a-closed-port.test.ts
import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { connect, type TLSSocket } from 'node:tls'
import { pause } from '../../../hack/cluster/shell.ts'
import { printFigures } from '../../../hack/evidence.ts'
import { attack, probeOnce } from '../../harness/attacker.ts'
import { createLoopbackCaller, type LoopbackCall, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { EDGE, NAME, OPERATOR, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { oneQuestion, quickTurns } from '../../harness/one-question.ts'

/** A kubelet waits 2 s; we promise the half. */
const ANSWERED_WITHIN_MS = 1_000
/** Faster than a kubelet, which asks for each once in some seconds. */
const KUBELET = { localAddress: '127.0.0.2' }
/** Each attack is looked at for so long, from its second second on. */
const SECONDS = Number(process.env['ATTACK_SECONDS'] ?? 4)
const ATTACKS = [
  { kind: 'silent', addresses: 1, each: 65 },
  { kind: 'silent', addresses: 1, each: 2_000 },
  { kind: 'silent', addresses: 100, each: 20 },
  { kind: 'half-a-handshake', addresses: 50, each: 20 },
  { kind: 'slow-handshake', addresses: 50, each: 20 },
  { kind: 'handshakes', addresses: 1, each: 50 },
  { kind: 'idle-sessions', addresses: 20, each: 20 },
  { kind: 'slow-headers', addresses: 20, each: 20 },
  { kind: 'half-a-request', addresses: 20, each: 20 },
  { kind: 'slow-body', addresses: 20, each: 20 },
  { kind: 'unread', addresses: 10, each: 10 },
]
const options = [
  'OPTIONS sip:bot@example.com SIP/2.0',
  'Via: SIP/2.0/TLS edge.example.com;branch=z9hG4bK776asdhds',
  'From: <sip:edge@example.com>;tag=1928301774',
  'To: <sip:bot@example.com>',
  'Call-ID: a84b4c76e66710',
  'CSeq: 1 OPTIONS',
  'Max-Forwards: 70',
  'Content-Length: 0',
  '\r\n',
].join('\r\n')

describe('a bot pod with a call, whose ports strangers attack', function () {
  this.timeout(120_000)
  let folder: string
  let speech: SpeechStandIn
  let pod: VoicePod
  let caller: LoopbackCaller
  let call: LoopbackCall
  let edge: TLSSocket
  let endAttack: () => Promise<void> = () => Promise.resolve()

  before(async () => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-attacked-'))
    speech = await startSpeechStandIn()
    const { provider } = speech
    const bot = sampleBot({
      speech: { asr: [provider], tts: [provider], vocabulary: [] },
      dialog: oneQuestion,
      turnTaking: quickTurns,
      integrations: [],
    })
    pod = await startVoicePod({ folder, bot, env: { CALLBOT_REHEARSAL_CALLS: '0' } })
    const identity = { ca: pod.authority.cert, ...pod.authority.issue([EDGE]) }
    caller = await createLoopbackCaller(identity)
    edge = connect({ host: '127.0.0.1', port: pod.sipsPort, servername: NAME, ...identity })
    await once(edge, 'secureConnect')
  })
  beforeEach(async () => {
    const placed = await caller.call({ port: pod.sipsPort, servername: NAME })
    if (typeof placed === 'number') throw new Error(`refused with ${placed}`)
    call = placed
  })
  afterEach(async () => {
    await endAttack()
    endAttack = () => Promise.resolve()
    await call.dialog.bye()
  })
  after(async () => {
    edge.destroy()
    await caller.close()
    expect(pod.log(), 'a request threw').not.to.include('a failure outside of the calls')
    await pod.kill()
    await speech.close()
    rmSync(folder, { recursive: true })
  })

  const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${pod.pid}/status`, 'utf8'))![1]) / 1024

  /** By the connection that an edge has had all the time. */
  async function edgeIsAnswered(): Promise<void> {
    const answer = once(edge, 'data', { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) })
    edge.write(options)
    expect(String((await answer)[0])).to.match(/^SIP\/2\.0 200 /)
  }

  async function staysWell(run: { kind: string; addresses: number; each: number }, port: number): Promise<void> {
    const operator = {
      localAddress: '127.0.0.3',
      ca: pod.authority.cert,
      servername: NAME,
      ...pod.authority.issue([OPERATOR]),
    }
    const before = memory()
    endAttack = await attack({ port, ...run })
    await pause(1_000)
    const heard = call.heard.length
    const times: number[] = []
    for (const end = performance.now() + SECONDS * 1_000; performance.now() < end; await pause(500)) {
      for (const [path, as] of [
        ['/healthz', KUBELET],
        ['/readyz', KUBELET],
        ['/state', operator],
      ] as const) {
        const { status, ms } = await probeOnce({ port: pod.healthPort, path, as })
        expect(status, `${path} after ${ms.toFixed(0)} ms`).to.equal(200)
        times.push(ms)
      }
      await edgeIsAnswered()
    }
    expect(call.heard.length - heard, 'frames of the call').to.be.above(SECONDS * 50 * 0.9)
    times.sort((a, b) => a - b)
    printFigures(`${run.addresses} x ${run.each} ${run.kind}`, [
      ['probe, median', `${times[times.length >> 1]!.toFixed(0)} ms`],
      ['probe, slowest', `${times.at(-1)!.toFixed(0)} ms`],
      ['memory', `${before.toFixed(0)} to ${memory().toFixed(0)} MiB`],
    ])
  }

  for (const run of ATTACKS) {
    const { kind, addresses, each } = run
    it(`answers probes, the operator and its edge within ${ANSWERED_WITHIN_MS} ms and goes on with the call while ${addresses} addresses hold ${each} connections each of the kind ${kind} on its health port`, () =>
      staysWell(run, pod.healthPort))
  }

  for (const run of [
    { kind: 'silent', addresses: 100, each: 20 },
    { kind: 'idle-sessions', addresses: 20, each: 20 },
  ]) {
    const { kind, addresses, each } = run
    it(`lets an edge in, answers the one that is there and goes on with the call while ${addresses} addresses hold ${each} connections each of the kind ${kind} on its SIP port`, async () => {
      await staysWell(run, pod.sipsPort)
      const identity = { ca: pod.authority.cert, ...pod.authority.issue([EDGE]) }
      const another = connect({ host: '127.0.0.1', port: pod.sipsPort, servername: NAME, ...identity })
      await once(another, 'secureConnect', { signal: AbortSignal.timeout(ANSWERED_WITHIN_MS) })
      another.destroy()
    })
  }

  it('lets no peer renegotiate a TLS session', async () => {
    const socket = connect({
      host: '127.0.0.1',
      port: pod.healthPort,
      rejectUnauthorized: false,
      maxVersion: 'TLSv1.2',
    })
    await once(socket, 'secureConnect')
    const [error] = await new Promise<[Error | null]>((resolve) => {
      socket.on('error', (found) => resolve([found]))
      socket.renegotiate({}, (found) => resolve([found]))
    })
    expect(String(error)).to.match(/no.renegotiation/i)
    socket.destroy()
  })
})
