// @seconds 49
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../../hack/cluster/shell.ts'
import { flowSchema } from '../../../src/api/flow.ts'
import type { BotConfiguration } from '../../../src/api/bot-configuration.ts'
import { writeOrder, ORDER_HEADER } from '../../../src/rules/policy-order.ts'
import type { DataClass } from '../../../src/rules/retention/life.ts'
import type { RecordRow } from '../../../src/messages/store/rows.ts'
import type { TenantStore } from '../../../src/store/tenant-store.ts'
import type { Authority } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { oneQuestion, quickTurns } from '../../harness/one-question.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { getPage } from '../../harness/pod-page.ts'
import { EDGE, OPERATOR, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { ADMIN } from '../../harness/postgres.ts'
import { ask, type RecordsProgram, type RecordsStage, setRecordsStage } from '../../harness/records-program.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../harness/speech-stand-in.ts'
import { makeRoom, must, reveal, someRoots, type StoredCalls } from '../../harness/stored-calls.ts'
import { startTcpProxy, type TcpProxy } from '../../harness/tcp-proxy.ts'
import { vowels } from '../../harness/vowels.ts'
import { patient } from '../../harness/patience.ts'

const TENANT = 'clinic'
const SERVER = `town-hall.${TENANT}.svc`
const LIVES = { CallMetadata: 600, CallerNumber: 500, Transcript: 400, CollectedFields: 300, Diagnostics: 200 }
const CLASSES = Object.keys(LIVES) as (keyof typeof LIVES)[]

const secretQuestion = flowSchema.parse({
  steps: [
    {
      name: 'code',
      ask: {
        ...{ text: 'Votre code ?', field: 'code', keys: 'Only', sensitivity: 'Secret' },
        slot: { type: 'Digits', minDigits: 6, maxDigits: 6 },
        confirm: 'Never',
      },
      next: 'fin',
    },
    { name: 'fin', hangUp: { say: 'Au revoir.' } },
  ],
})

/** A real pod, the real program records and a real PostgreSQL 17, each a process, with certificates verified everywhere. */
describe('a call that has ended', function () {
  this.timeout(60_000)
  const roots = someRoots()
  let authority: Authority
  let stored: StoredCalls
  let store: TenantStore
  let records: RecordsProgram
  let stage: RecordsStage | undefined
  let proxy: TcpProxy
  let caller: LoopbackCaller
  let speech: SpeechStandIn
  let folder: string
  let pod: VoicePod

  before(async function () {
    this.timeout(180_000)
    stage = await setRecordsStage({ tenant: TENANT, roots, classes: CLASSES })
    ;({ authority, stored, store, records } = stage)
    stored.tenant('stranger')
    proxy = await startTcpProxy(`https://127.0.0.1:${records.port}`)
    caller = await createLoopbackCaller({ ca: authority.cert, ...authority.issue([EDGE]) })
    speech = await startSpeechStandIn()
  })
  beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-kept-'))))
  afterEach(async () => {
    await pod?.kill()
    rmSync(folder, { recursive: true })
  })
  after(async () => {
    await caller?.close()
    await speech?.close()
    await proxy?.close()
    await stage?.remove()
  })

  const place = () => `localhost:${new URL(proxy.url).port}`
  const keeping = (lives: Partial<Record<DataClass, number>>) => ({ policy: 'thirty-days', records: place(), lives })

  async function open(keep: BotConfiguration['keep'], namespace = TENANT, dialog = oneQuestion): Promise<void> {
    const { provider } = speech
    const bot = sampleBot({
      speech: { asr: [provider], tts: [provider], vocabulary: [] },
      ...{ dialog, turnTaking: quickTurns, integrations: [], keep },
    })
    const env = { CALLBOT_REHEARSAL_CALLS: '0' }
    pod = await startVoicePod({ folder, bot, env, authority, namespace })
  }

  const dial = async (server = SERVER) => {
    const call = await caller.call({ port: pod.sipsPort, servername: server })
    if (typeof call === 'number') throw new Error(`refused with ${call}`)
    await call.botStops(200)
    return call
  }
  /** The caller says a word, and the bot hangs up. */
  async function talk(word = 'Un rendez-vous', server = SERVER): Promise<void> {
    const call = await dial(server)
    speech.toHear.push(word)
    call.say(vowels(1))
    await call.ended
  }

  const rows = async () => {
    const all = await stored.postgres
      .connect(ADMIN)
      .use((client) => client.query<{ call: string; class: DataClass }>('SELECT call, class FROM callbot.records'))
    return all.rows
  }
  const clear = () => stored.postgres.connect(ADMIN).use((client) => client.query('TRUNCATE callbot.records'))
  const storedRows = (count: number, seconds = 10) =>
    eventually(async () => {
      const found = await rows()
      expect(found).to.have.length(count)
      return found[0]!
    }, seconds)
  const metric = async (name: string) => {
    const [, text] = await getPage(pod, '/metrics', authority.issue([OPERATOR]))
    return text.split('\n').filter((line) => line.startsWith(name))
  }
  const contentOf = (row: RecordRow) => JSON.parse(reveal(row, roots)) as Record<string, unknown>

  beforeEach(() => clear())

  it('is there in its classes, sealed, for the lives of its policy, and the role of the tenant reads it', async () => {
    await open(keeping(LIVES))
    await talk()
    const { call } = await storedRows(5)
    const kept = must(await store.read(call))
    const by = Object.fromEntries(kept.map((row) => [row.class, row])) as Record<DataClass, RecordRow>
    const metadata = contentOf(by.CallMetadata)
    expect(metadata).to.include({ bot: 'town-hall', direction: 'Inbound', outcome: 'hung-up' })
    const endedAt = Date.parse(String(metadata['endedAt']))
    for (const one of CLASSES) expect(by[one].expiresAt - endedAt, one).to.equal(LIVES[one] * 1_000)
    expect(contentOf(by.CallerNumber)).to.deep.equal({ number: 'caller' })
    expect(contentOf(by.CollectedFields)).to.deep.equal({ fields: { wish: 'Un rendez-vous' }, isCut: false })
    const { turns } = contentOf(by.Transcript) as { turns: { who: string; text: string }[] }
    expect(turns.map(({ who, text }) => `${who}: ${text}`)).to.deep.equal([
      'Bot: Bonjour.',
      'Caller: Un rendez-vous',
      'Bot: Au revoir.',
    ])
    expect(reveal(by.Diagnostics, roots)).to.include('"outcome":"hung-up"').and.not.include('rendez-vous')
    for (const { body } of kept) expect(body.toString('latin1')).to.not.include('rendez-vous')
    expect(await metric('callbot_call_records_total{class="Transcript"')).to.deep.equal([
      'callbot_call_records_total{class="Transcript",fate="stored"} 1',
    ])
    expect(await metric('callbot_call_records_waiting_bytes ')).to.deep.equal(['callbot_call_records_waiting_bytes 0'])
  })

  it('has no trace of an answer with sensitivity Secret', async () => {
    await open(keeping(LIVES), TENANT, secretQuestion)
    const call = await dial()
    call.session.sendDtmf('471147#')
    await call.ended
    const { call: name } = await storedRows(4)
    const kept = must(await store.read(name))
    expect(kept.map((row) => row.class)).to.have.members(['CallMetadata', 'CallerNumber', 'Transcript', 'Diagnostics'])
    for (const row of kept) expect(reveal(row, roots), row.class).to.not.match(/471147|keys|\u2022/)
  })

  it('can not be read from its second on', async () => {
    await open(keeping({ CallMetadata: 3 }))
    await makeRoom(stored.sweep, ['CallMetadata'], 3)
    await talk()
    const { call } = await storedRows(1)
    const [row] = must(await store.read(call)) as [RecordRow]
    expect(contentOf(row)).to.include({ outcome: 'hung-up' })
    await pause(row.expiresAt - Date.now() + 1)
    expect(must(await store.read(call))).to.deep.equal([])
    expect(reveal(row, roots)).to.equal('Expired')
  })

  it('leaves nothing, and opens no connection, when its policy keeps nothing', async () => {
    const before = proxy.accepted
    await open(undefined)
    await talk()
    await pause(1_000)
    await pod.drain()
    expect(await rows()).to.deep.equal([])
    expect(proxy.accepted).to.equal(before)
  })

  it('is kept only as far as the tightest policy of its time says', async () => {
    await open(keeping(LIVES))
    const call = await dial()
    const order = { collect: ['wish'], callMetadata: 'Kept' as const, ...keeping({ CallMetadata: 60, Transcript: 0 }) }
    const headers = { [ORDER_HEADER]: writeOrder({ ...order, epoch: Date.now() }) }
    await getPage(pod, '/state', authority.issue([OPERATOR]), headers)
    const wider = writeOrder({ ...order, lives: LIVES, epoch: Date.now() + 10 })
    await getPage(pod, '/state', authority.issue([OPERATOR]), { [ORDER_HEADER]: wider })
    speech.toHear.push('Un rendez-vous')
    call.say(vowels(1))
    await call.ended
    const { call: name } = await storedRows(1)
    const [row] = must(await store.read(name)) as [RecordRow]
    expect(row).to.include({ class: 'CallMetadata' })
    expect(row.bucket.life).to.equal(60)
  })

  it('waits in its pod while the database is dead, holds up nobody, and is stored when it is back', async () => {
    await open(keeping({ CallMetadata: 600 }))
    await stored.postgres.kill()
    const from = performance.now()
    await talk()
    await talk()
    expect(performance.now() - from).to.be.lessThan(patient(15_000))
    await eventually(async () =>
      expect(await metric('callbot_call_records_waiting_calls')).to.deep.equal([
        'callbot_call_records_waiting_calls 2',
      ]),
    )
    const state = await ask(records, { path: '/state', as: authority.issue([OPERATOR]), authority })
    expect(JSON.parse(state.text)).to.include({ ready: false })
    expect(JSON.parse(state.text)).to.have.property('oldestPending').that.is.greaterThan(0)
    await stored.postgres.start()
    await storedRows(2, 45)
    await eventually(async () =>
      expect(await metric('callbot_call_records_waiting_calls')).to.deep.equal([
        'callbot_call_records_waiting_calls 0',
      ]),
    )
  })

  it('is stored once when the program dies between write and acknowledgement', async () => {
    await open(keeping({ CallMetadata: 600 }))
    await talk()
    await storedRows(1)
    proxy.muteAnswers()
    await talk()
    await storedRows(2)
    await records.kill()
    proxy.drop()
    await records.start()
    await eventually(
      async () =>
        expect(await metric('callbot_call_records_total')).to.deep.equal([
          'callbot_call_records_total{class="CallMetadata",fate="stored"} 2',
        ]),
      30,
    )
    expect(await rows()).to.have.length(2)
  })

  it('of another namespace is refused, and its pod goes on', async () => {
    await open(keeping({ CallMetadata: 600 }), 'stranger')
    await talk('Un rendez-vous', 'town-hall.stranger.svc')
    await eventually(async () =>
      expect(await metric('callbot_call_records_total')).to.deep.equal([
        'callbot_call_records_total{class="CallMetadata",fate="refused"} 1',
      ]),
    )
    expect(await rows()).to.deep.equal([])
  })

  it('delays the end of its pod for no more than some seconds, whoever does not take it', async () => {
    await open(keeping({ CallMetadata: 600 }))
    proxy.stall()
    try {
      await talk()
      const from = performance.now()
      expect(await pod.drain()).to.equal(0)
      expect(performance.now() - from).to.be.within(4_000, 9_000)
    } finally {
      proxy.resume()
      proxy.drop()
    }
  })
})
