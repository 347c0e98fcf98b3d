// @seconds 33
import { expect } from 'chai'
import { request } from 'node:https'
import { Writable } from 'node:stream'
import { flowSchema } from '../../../src/api/flow.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { run as listen } from '../../../src/voice/turn-tap/listen.ts'
import { type Pod, startPod } from '../../../src/voice/pod/pod.ts'
import { createAuthority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { mountedSecrets } from '../../harness/mounted-secrets.ts'
import { aWebService } from '../../harness/operations.ts'
import { makePodFolder, sampleBot, type PodFolder } from '../../harness/pod-folder.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { type Mode, startWebService, type WebService } from '../../harness/web-service.ts'

const SERVER = 'town-hall.clinic.svc'
const EDGE = 'callbot-edge.callbot-system.svc'
const OPERATOR = 'callbot-operator.callbot-system.svc'
const FILE = '471100'

const dialog = flowSchema.parse({
  steps: [
    {
      name: 'file',
      ask: {
        text: 'Votre numéro de dossier ?',
        field: 'file',
        slot: { type: 'Digits', minDigits: 6, maxDigits: 6 },
        confirm: 'Never',
      },
      next: 'book',
    },
    {
      name: 'book',
      request: {
        integration: 'cabinet',
        operation: 'book',
        input: [{ name: 'file', value: '{file}' }],
        holdText: 'Un instant.',
        outcomes: [
          { outcome: 'Booked', next: 'booked' },
          { outcome: 'Full', next: 'full' },
        ],
      },
      next: 'broken',
    },
    { name: 'booked', hangUp: { say: 'À {time}.' } },
    { name: 'full', hangUp: { say: 'Complet.' } },
    { name: 'broken', hangUp: { say: 'En panne.' } },
  ],
})

/** A real call, a real pod, and web services over TLS that ask for its certificate. */
describe('a dialog that calls a web service', function () {
  this.timeout(40_000)
  const authority = createAuthority('test CA')
  const clients = createAuthority('client CA')
  let caller: LoopbackCaller
  let paris: WebService
  let lyon: WebService
  let secrets: ReturnType<typeof mountedSecrets>
  let speech: SpeechStandIn
  let folder: PodFolder
  let pod: Pod
  let lines: string[]
  let said: string[]

  before(async () => {
    caller = await createLoopbackCaller({ ca: authority.cert, ...authority.issue([EDGE]) })
  })
  after(() => caller.close())

  beforeEach(async () => {
    const tls = { authority: clients, clients }
    ;[paris, lyon] = await Promise.all([startWebService(tls), startWebService(tls)])
    for (const service of [paris, lyon]) service.answer = () => ({ status: 201, body: '{"slot":{"time":"14:30"}}' })
    const own = clients.issue(['town-hall.clinic'])
    secrets = mountedSecrets({
      'agenda-ca': { 'ca.crt': clients.cert },
      'agenda-identity': { 'tls.crt': own.cert, 'tls.key': own.key },
    })
    speech = await startSpeechStandIn()
    const { provider } = speech
    const bot = sampleBot({
      ...{ dialog, tests: [], integrations: [{ name: 'cabinet', http: http() }] },
      speech: { asr: [provider], tts: [provider], vocabulary: [] },
    })
    const env = { CALLBOT_SECRETS_DIR: secrets.folder }
    folder = await makePodFolder({ ca: authority.cert, own: authority.issue([SERVER]), bot, env })
    lines = []
    const line = (fields: object, text: string) => void lines.push(JSON.stringify({ ...fields, text }))
    pod = await startPod(folder.config, clock, { debug: line, info: line, warn: line, error: line })
    said = []
    const output = new Writable({
      write(chunk: Buffer, _, done) {
        for (const line of chunk.toString().trim().split('\n'))
          said.push((JSON.parse(line) as { said?: string }).said ?? '')
        done()
      },
    })
    await new Promise<void>((onListening) => void listen({ socket: folder.config.turnsSocket, output, onListening }))
  })
  afterEach(async () => {
    await pod.drain()
    await Promise.all([paris.close(), lyon.close(), speech.close(), folder.remove()])
    secrets.remove()
  })

  const http = () => {
    const tls = {
      caSecretRef: { name: 'agenda-ca', key: 'ca.crt' },
      identitySecretRef: { name: 'agenda-identity' },
    }
    return aWebService({
      endpoints: [
        { name: 'paris', role: 'Primary', url: paris.url, tls },
        { name: 'lyon', role: 'Backup', url: lyon.url, tls },
      ],
      operations: [
        {
          ...{ name: 'book', method: 'POST', path: '/book', timeoutMilliseconds: 1_500 },
          idempotency: 'IdempotencyKey',
          input: [{ name: 'file' }],
          output: [{ name: 'time', pointer: '/slot/time' }],
          outcomes: [
            { name: 'Booked', statusCodes: [201] },
            { name: 'Full', statusCodes: [409] },
          ],
        },
      ],
      probe: { path: '/health', intervalSeconds: 1, timeoutMilliseconds: 1_000 },
    })
  }

  /** The last words of the bot to a caller who types the number of the file. */
  const call = async () => {
    const line = await caller.call({ port: pod.sipsPort, servername: SERVER })
    if (typeof line === 'number') throw new Error(`refused with ${line}`)
    await line.botStops(200)
    line.session.sendDtmf(FILE)
    expect(await line.ended).to.equal('remote')
    return said.filter((words) => words !== '').at(-1)
  }
  const page = (path: string) =>
    new Promise<string>((resolve, reject) => {
      const who = { ca: authority.cert, ...authority.issue([OPERATOR]), servername: SERVER }
      request({ host: '127.0.0.1', port: pod.healthPort, path, ...who }, (response) => {
        let text = ''
        response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
        response.on('end', () => resolve(text))
      })
        .on('error', reject)
        .end()
    })
  const states = async () =>
    (JSON.parse(await page('/state')) as { http: { endpoint: string; state: string }[] }).http.map(
      ({ endpoint, state }) => `${endpoint} ${state}`,
    )

  it('goes on by the outcome, and says what came back', async () => {
    expect(await call()).to.equal('À 14 heures 30.')
    expect(paris.received.map(({ body }) => body)).to.deep.equal([`{"file":"${FILE}"}`])
    paris.answer = () => ({ status: 409 })
    expect(await call()).to.equal('Complet.')
    expect(lyon.received).to.deep.equal([])
  })

  for (const fault of ['mute', 'hangs', 'refuses', 'fails', 'breaks'] satisfies Mode[]) {
    it(`is answered by the backup when the primary ${fault}, and the pod tells so within seconds`, async () => {
      await eventually(async () => expect(await states()).to.deep.equal(['paris Up', 'lyon Up']))
      await paris.fall(fault)
      expect(await call()).to.equal('À 14 heures 30.')
      expect(lyon.received).to.have.length(1)
      await eventually(async () => expect(await states()).to.deep.equal(['paris Down', 'lyon Up']), 15)
      await paris.fall('answers')
      await eventually(async () => expect(await states()).to.deep.equal(['paris Up', 'lyon Up']), 15)
    })
  }

  it('goes the way of failure when nobody answers, and the talk goes on', async () => {
    await Promise.all([paris.fall('hangs'), lyon.fall('refuses')])
    expect(await call()).to.equal('En panne.')
    expect(said).to.include('Un instant.')
    expect(await page('/metrics')).to.match(/^callbot_operations_total\{integration="cabinet",result="failed"\} 1$/m)
    expect(lines.join()).not.to.include(FILE)
    expect(await page('/metrics')).not.to.include(FILE)
  })
})
