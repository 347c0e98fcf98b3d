// @tier proof  @programs voice speech
// @guard test/e2e/a-person-is-understood.test.ts
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { request } from 'node:http'
import { get } from 'node:https'
import { fetchRecordings, type Recording } from '../../../hack/speech/recordings.ts'
import { flowSchema } from '../../../src/api/flow.ts'
import { systemClock as clock } from '../../../src/runtime/system-clock.ts'
import { silent } from '../../../src/runtime/log.ts'
import { startPod } from '../../../src/voice/pod/pod.ts'
import { readWav } from '../../../src/wire/wav.ts'
import { createAuthority } from '../../harness/authority.ts'
import { createLoopbackCaller } from '../../harness/loopback-caller.ts'
import { makePodFolder, sampleBot } from '../../harness/pod-folder.ts'
import { startSpeechProcess } from '../../harness/speech-process.ts'

const SERVER = 'town-hall.clinic.svc'
const NAMES = ['vm-msgsaved', 'demo-echodone', 'conf-muted', 'agent-loginok']
/** Patient with a busy machine: what is judged is what was understood, not how fast. */
const turnTaking = { endOfTurnMilliseconds: 700, silenceSeconds: 300, stuckSeconds: 60, longestCallSeconds: 600 }

const question = (_: string, at: number) => ({
  name: `part${at}`,
  ask: {
    text: 'Je vous écoute.',
    field: `part${at}`,
    slot: { type: 'FreeText' },
    confirm: 'Never',
    noInputSeconds: 60,
  },
  next: at + 1 < NAMES.length ? `part${at + 1}` : 'end',
})
const dialog = flowSchema.parse({ steps: [...NAMES.map(question), { name: 'end', hangUp: {} }] })

const wordsOf = (text: string): string[] => text.toLowerCase().match(/[\p{L}\d]+/gu) ?? []

/** Nothing but the caller's stack is ours: a woman's voice, the real recogniser and the real voice of the bot, over mutual TLS. */
describe('a human voice on the telephone', function () {
  this.timeout(300_000)

  it('is heard turn by turn, and understood but for a few words', async () => {
    const recordings = await fetchRecordings()
    const spoken = NAMES.map((name) => recordings.find((each) => each.name === name)!)
    const authority = createAuthority('test CA')
    const speech = await startSpeechProcess(authority)
    const folder = await makePodFolder({
      ca: authority.cert,
      own: authority.issue([SERVER]),
      bot: sampleBot({ dialog, turnTaking }),
      env: {
        CALLBOT_SPEECH_URL: `${speech.origin.replace('127.0.0.1', 'localhost')}/v1`,
        CALLBOT_GREETING_SECONDS: '120',
      },
    })
    const pod = await startPod(folder.config, clock, silent)
    const heard: string[] = []
    listen(folder.config.turnsSocket, heard)
    const caller = await createLoopbackCaller({
      ca: authority.cert,
      ...authority.issue(['callbot-edge.callbot-system.svc']),
    })
    try {
      await untilItSpeaks(pod.healthPort)
      const call = await caller.call({ port: pod.sipsPort, servername: SERVER })
      if (typeof call === 'number') throw new Error(`refused with ${call}`)
      for (const { file } of spoken) {
        await call.botStops()
        call.say(readWav(readFileSync(file)).samples)
      }
      expect(await call.ended).to.equal('remote')
      judge(spoken, heard)
    } finally {
      await caller.close()
      await pod.drain()
      await folder.remove()
      await speech.stop()
    }
  })
})

function judge(spoken: readonly Recording[], heard: readonly string[]): void {
  expect(heard).to.have.length(spoken.length)
  const said = spoken.map(({ text }) => wordsOf(text))
  const understood = said.map((words, at) => words.filter((word) => wordsOf(heard[at]!).includes(word)).length)
  const share = understood.reduce((a, b) => a + b, 0) / said.flat().length
  expect(share, `of the words, in ${JSON.stringify(heard)}`).to.be.above(0.7)
}

/** The pod is ready when its question is rendered by the server, whose models take a while to load. */
async function untilItSpeaks(port: number): Promise<void> {
  const options = { host: '127.0.0.1', port, path: '/readyz', rejectUnauthorized: false, agent: false }
  const status = () =>
    new Promise<number>((resolve, reject) => {
      get(options, (response) => resolve(response.resume().statusCode ?? 0)).on('error', reject)
    })
  for (const deadline = clock.monotonic() + 120_000; (await status()) !== 200;) {
    if (clock.monotonic() > deadline) throw new Error('the pod does not get ready')
    await new Promise((resolve) => setTimeout(resolve, 200))
  }
}

function listen(socketPath: string, heard: string[]): void {
  request({ socketPath, path: '/' }, (response) => {
    let rest = ''
    response.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n')
      rest = lines.pop() ?? ''
      for (const line of lines) heard.push(...[(JSON.parse(line) as { heard?: string }).heard ?? []].flat())
    })
  }).end()
}
