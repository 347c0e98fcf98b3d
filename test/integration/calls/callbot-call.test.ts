// @seconds 5
import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { flowSchema } from '../../../src/api/flow.ts'
import { DEFAULTS, type CallOptions } from '../../../src/call/options.ts'
import { run } from '../../../src/call/command.ts'
import { sampleBot } from '../../harness/pod-folder.ts'
import { EDGE, startVoicePod, type VoicePod } from '../../harness/pod-process.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../../harness/speech-stand-in.ts'

const SERVER = 'town-hall.clinic.svc'
const dialog = flowSchema.parse({
  steps: [{ name: 'fin', hangUp: { say: 'Bonjour, et au revoir. '.repeat(8).trim() } }],
})

/** The pod is a process of its own; TLS, SIP and SRTP pass between it and this one. */
describe('callbot call', function () {
  this.timeout(60_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-call-'))
  let speech: SpeechStandIn
  let pod: VoicePod

  before(async () => {
    speech = await startSpeechStandIn()
    const { provider } = speech
    const bot = sampleBot({
      speech: { asr: [provider], tts: [provider], vocabulary: [] },
      ...{ dialog, integrations: [], tests: [] },
    })
    pod = await startVoicePod({ folder, bot, env: { CALLBOT_REHEARSAL_CALLS: '0' } })
    const { cert, key } = pod.authority.issue([EDGE])
    for (const [name, text] of Object.entries({ ca: pod.authority.cert, cert, key }))
      writeFileSync(join(folder, name), text)
  })
  after(async () => {
    await pod?.kill()
    await speech?.close()
    rmSync(folder, { recursive: true })
  })

  async function call(options: Partial<CallOptions> = {}) {
    let text = ''
    const output = { write: (chunk: string | Uint8Array) => ((text += String(chunk)), true) }
    const own = { ca: join(folder, 'ca'), cert: join(folder, 'cert'), key: join(folder, 'key') }
    const way = { edge: `127.0.0.1:${pod.sipsPort}`, serverName: SERVER, to: '+33199000001', ...own }
    const code = await run({ ...DEFAULTS, ...way, ...options }, {}, output)
    return { code, text }
  }

  it('ends with 0 and says so when a bot answers over TLS and its voice is heard over SRTP', async () => {
    const { code, text } = await call()
    expect(text).to.match(/^call to \+33199000001: passed: the bot answered and was heard$/m)
    expect(text).to.match(/media: +PCM[AU], A[A-Z0-9_]+$/m)
    expect(code).to.equal(0)
  })

  it('writes the same as JSON for programs', async () => {
    const { code, text } = await call({ output: 'json' })
    const { passed, answeredBy, result } = JSON.parse(text) as { passed: boolean; answeredBy: string; result: object }
    expect({ code, passed, answeredBy }).to.deep.equal({ code: 0, passed: true, answeredBy: 'Bot' })
    expect(result).to.include({ finding: 'AsExpected', edge: '127.0.0.1' })
  })

  it('ends with 1 when the bot answers and something else is heard than was expected', async () => {
    const { code, text } = await call({ expect: 'tone', seconds: '4' })
    expect(text).to.match(/FAILED: .*\n +edge: .*\n +answered by: +a bot$/m)
    expect(code).to.equal(1)
  })

  it('ends with 1 when the certificate proves another name, or nobody listens', async () => {
    for (const options of [{ serverName: 'other.clinic.svc' }, { edge: '127.0.0.1:9' }]) {
      const { code, text } = await call(options)
      expect(text).to.include('no edge could be reached, or its certificate is not trusted')
      expect(code).to.equal(1)
    }
  })

  it('ends with 2 and calls nobody when an option is not valid', async () => {
    const { code, text } = await call({ to: 'nobody@example.org' })
    expect(text).to.match(/^Error: --to nobody@example.org: /)
    expect(code).to.equal(2)
  })
})
