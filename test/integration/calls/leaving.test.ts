// @tier proof  @programs voice  @alone
// @guard test/integration/edge/a-pod-leaves-with-its-call.test.ts
import { expect } from 'chai'
import { once } from 'node:events'
import { connect, type TLSSocket } from 'node:tls'
import { printFigures } from '../../../hack/evidence.ts'
import { pause } from '../../../hack/cluster/shell.ts'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { type Pod, startPod } from '../../../src/voice/pod/pod.ts'
import { createAuthority } from '../../harness/authority.ts'
import { createLoopbackCallee, type LoopbackCallee } from '../../harness/loopback-callee.ts'
import { hearEachOther } from '../../harness/loopback-voice.ts'
import { createLoopbackCaller, type LoopbackCall, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../harness/pod-folder.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { oneQuestion, quickTurns } from '../../harness/one-question.ts'

const SERVER = 'town-hall.clinic.svc'
const EDGE = 'callbot-edge.callbot-system.svc'
/** A tenth of a second of frames that never came would be a cut. */
const LONGEST_GAP_MS = 100
const REFUSALS = 51
const REFUSED_WITHIN_MS = 5

const integrations: BotConfiguration['integrations'] = [
  { name: 'cabinet', sip: { media: ['Required'], transferMethods: ['Bridge'], callerNumber: 'Caller', handOver: [] } },
]

const invite = (number: number) =>
  [
    `INVITE sip:bot@${SERVER} SIP/2.0`,
    `Via: SIP/2.0/TLS edge.example.com;branch=z9hG4bKleaving${number}`,
    'Max-Forwards: 70',
    'From: <sip:caller@example.com>;tag=1',
    `To: <sip:bot@${SERVER}>`,
    `Call-ID: leaving-${number}`,
    'CSeq: 1 INVITE',
    'Contact: <sip:caller@edge.example.com;transport=tls>',
    'Content-Length: 0',
    '\r\n',
  ].join('\r\n')

/** The longest time between two frames that a caller heard. */
const longestGap = ({ heard }: LoopbackCall) =>
  heard.slice(1).reduce((longest, { at }, index) => Math.max(longest, at - heard[index]!.at), 0)

/** Real SIP over TLS, real SRTP; the callee stands where the pod believes an edge. */
describe('a pod that is full, or leaves', function () {
  this.timeout(60_000)
  const authority = createAuthority('test CA')
  const edge = { ca: authority.cert, ...authority.issue([EDGE]) }
  let caller: LoopbackCaller
  let callee: LoopbackCallee
  let speech: SpeechStandIn
  let folder: PodFolder
  let pod: Pod
  let calls: LoopbackCall[]

  before(async () => {
    caller = await createLoopbackCaller(edge)
    callee = await createLoopbackCallee({ identity: edge, pods: [SERVER] })
    speech = await startSpeechStandIn()
  })
  after(async () => {
    await caller.close()
    await callee.close()
    await speech.close()
  })
  beforeEach(() => (calls = []))
  afterEach(async () => {
    // A pod waits for who is still there.
    await Promise.all(calls.map(({ dialog }) => dialog.bye()))
    await pod.drain()
    await folder.remove()
  })

  async function open(deadlineSeconds: number, callsPerPod = 3): Promise<void> {
    const { provider } = speech
    const own = {
      dialog: oneQuestion,
      tests: [],
      turnTaking: quickTurns,
      integrations,
      capacity: { callsPerPod },
      drain: { deadlineSeconds },
    }
    const bot = sampleBot({ speech: { asr: [provider], tts: [provider], vocabulary: [] }, ...own })
    const env = { CALLBOT_EDGE_PORT: String(callee.port) }
    folder = await makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot, env })
    pod = await startPod(folder.config, clock, silent)
  }

  const dial = () => caller.call({ port: pod.sipsPort, servername: SERVER })
  const talk = async (): Promise<LoopbackCall> => {
    const call = await dial()
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    calls.push(call)
    await call.botStops(200)
    return call
  }

  it('takes as many calls as it has places, refuses the next at once, and takes one again when one has ended', async () => {
    await open(0, 2)
    const [first, second] = [await talk(), await talk()]
    expect(await dial()).to.equal(503)
    await first.dialog.bye()
    const third = await talk()
    await Promise.all([second.dialog.bye(), third.dialog.bye()])
  })

  it(`refuses new calls within ${REFUSED_WITHIN_MS} ms from the moment that it leaves, and lets those that are there talk to their end`, async () => {
    await open(60)
    const call = await talk()
    const socket = connect({ host: '127.0.0.1', port: pod.sipsPort, servername: SERVER, ...edge })
    await once(socket, 'secureConnect')
    let left = false
    void pod.drain().then(() => (left = true))
    const times: number[] = []
    for (let number = 0; number < REFUSALS; number++) times.push(await refusedAfter(socket, number))
    socket.destroy()
    const median = times.toSorted((a, b) => a - b)[REFUSALS >> 1]!
    printFigures('a pod that leaves refuses calls', [
      ['calls', String(REFUSALS)],
      ['median', `${median.toFixed(2)} ms`],
      ['slowest', `${Math.max(...times).toFixed(2)} ms`],
    ])
    expect(median).to.be.below(REFUSED_WITHIN_MS)
    await pause(3_000)
    expect(left).to.equal(false)
    expect(longestGap(call)).to.be.below(LONGEST_GAP_MS)
    await call.dialog.bye()
    await pod.drain()
  })

  it('puts callers through at its deadline, and goes when their talk with a person is over, not before', async () => {
    await open(1)
    const call = await talk()
    const taken = callee.calls.length + 1
    let left = false
    void pod.drain().then(() => (left = true))
    const person = await callee.came(taken)
    const { dialog: there } = await person.answered
    expect(person.incoming.understood.request.uri).to.match(/^sip:[+]33199000099@cabinet\./)
    await hearEachOther(call, person)
    // Longer than the last words of a pod would be.
    await pause(12_000)
    expect(left).to.equal(false)
    expect(longestGap(call)).to.be.below(1_000)
    expect(call.dialog.isEnded || there.isEnded).to.equal(false)
    await there.bye()
    expect(await call.ended).to.equal('remote')
    await pod.drain()
  })
})

/** Milliseconds from an INVITE to its 503, which tells when it is worth trying again. */
async function refusedAfter(socket: TLSSocket, number: number): Promise<number> {
  const at = performance.now()
  socket.write(invite(number))
  const answer = String((await once(socket, 'data'))[0])
  expect(answer).to.match(/^SIP\/2\.0 503 /)
  expect(answer).to.match(/\r\nRetry-After: \d+\r\n/)
  return performance.now() - at
}
