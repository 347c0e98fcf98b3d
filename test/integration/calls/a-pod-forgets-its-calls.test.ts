// @seconds 101
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as passed } from 'node:timers/promises'
import { pause } from '../../../hack/cluster/shell.ts'
import { flowSchema } from '../../../src/api/flow.ts'
import { eventually } from '../../harness/eventually.ts'
import { createLoopbackCaller, type LoopbackCaller } from '../../harness/loopback-caller.ts'
import { compile } from '../../harness/octet-search/matcher.ts'
import { searchMemory } from '../../harness/octet-search/memory.ts'
import { quickTurns } from '../../harness/one-question.ts'
import { patient } from '../../harness/patience.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { EDGE, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../harness/speech-stand-in.ts'
import { canariesOf, KEPT_NOTHING, patternsOfFamily } from '../../harness/zero-day/canaries.ts'

const SERVER = 'town-hall.clinic.svc'
const CALLS = 20
const TOGETHER = 5
/** Memory is cleared 40 s after the last call, and for the last time 15 s later. */
const SETTLE_MS = 45_000
const UNTIL_MINUTE_SECONDS = 15
/** A caller who gets no question says his words again. */
const AGAIN_MS = 4_000
const LONGEST_CALL_MS = 30_000

const dialog = flowSchema.parse({
  steps: [
    {
      name: 'carte',
      ask: {
        ...{ text: 'Votre carte ?', field: 'carte', keys: 'Only', sensitivity: 'Secret', confirm: 'Never' },
        ...{ slot: { type: 'Digits', minDigits: 16, maxDigits: 16 } },
      },
      next: 'nom',
    },
    {
      name: 'nom',
      ask: { text: 'Votre nom ?', field: 'nom', slot: { type: 'FreeText' }, confirm: 'Never' },
      next: 'dit',
    },
    { name: 'dit', say: { text: '{nom}.' }, next: 'encore' },
    {
      // What is recognised is the last that any server answers: nothing that comes later overwrites it.
      name: 'encore',
      ask: { text: 'Et encore ?', field: 'encore', slot: { type: 'FreeText' }, confirm: 'Never' },
      next: 'fin',
    },
    { name: 'fin', hangUp: { say: 'Au revoir.' } },
  ],
})

/** The program of a pod, with the flags of its image; a caller, and a speech server, in this process. */
describe('the memory of a pod', function () {
  this.timeout(180_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-forgets-'))
  const matcher = compile(patternsOfFamily(KEPT_NOTHING))
  let speech: SpeechStandIn
  let pod: VoicePod
  let caller: LoopbackCaller
  const finds = async () => (await searchMemory(pod.pid, matcher)).finds

  before(async () => {
    speech = await startSpeechStandIn()
    let index = 0
    // No call waits for words that another call got.
    speech.hears = () => canariesOf(KEPT_NOTHING, index++).words
    const { provider } = speech
    const bot = sampleBot({
      speech: { asr: [provider], tts: [provider], vocabulary: [] },
      ...{ dialog, turnTaking: quickTurns, integrations: [], tests: [] },
    })
    pod = await startVoicePod({ folder, bot, env: { CALLBOT_REHEARSAL_CALLS: '0' } })
    caller = await createLoopbackCaller({ ca: pod.authority.cert, ...pod.authority.issue([EDGE]) })
  })
  after(async () => {
    await caller?.close()
    await pod?.kill()
    await speech?.close()
    rmSync(folder, { recursive: true })
  })

  /**
   * Gives the card by keys, then speaks until the call is over: what a busy machine cuts in two is said once more.
   * @returns when the call is over
   */
  const talk = async (index: number) => {
    const { number, card } = canariesOf(KEPT_NOTHING, index)
    const call = await caller.call({ port: pod.sipsPort, servername: SERVER, from: number })
    if (typeof call === 'number') throw new Error(`call ${index} was refused with ${call}`)
    const isOver = call.ended.then(() => true)
    const speak = async () => {
      await call.botStops(200)
      call.session.sendDtmf(card)
      await call.botStops(200)
      do call.say(KEPT_NOTHING.sound)
      while (!(await Promise.race([isOver, pause(AGAIN_MS)])))
    }
    await Promise.race([isOver, speak(), passed(patient(LONGEST_CALL_MS), undefined, { ref: false })])
    const said = () => speech.said.slice(-9).join(' | ')
    if (!call.dialog.isEnded) throw new Error(`call ${index} goes on; the bots said last: ${said()}`)
  }

  it('holds number, keys, words and sound of a call while it lasts', async () => {
    // On a busy machine the search may take longer than the call.
    await eventually(async () => {
      const isOver = talk(0)
      await eventually(() => expect(speech.said.join()).to.include(KEPT_NOTHING.name))
      const found = (await finds()).map(({ name }) => name)
      await isOver
      expect(found).to.include.members(['digits/UTF-8', 'name/UTF-8'])
    }, 20)
  })

  it('holds no words, keys or sound a minute after its last call, and numbers only in messages that a connection had last', async () => {
    for (let at = 0; at < CALLS; at += TOGETHER)
      await Promise.all(Array.from({ length: TOGETHER }, (_, each) => talk(at + each + 1)))
    await pause(SETTLE_MS)
    const isInMessage = ({ around }: { around: string }) => /<sip:\+?[\d]+@example[.]org>;tag=/.test(around)
    await eventually(async () => {
      const left = await finds()
      const words = left.filter((find) => !isInMessage(find))
      expect(words.map(({ name, segment, around }) => `${name} in ${segment}: ${around}`)).to.deep.equal([])
      expect(left.length).to.be.at.most(2 * TOGETHER)
    }, UNTIL_MINUTE_SECONDS)
  })
})
