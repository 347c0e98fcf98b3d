// @seconds 48
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { get } from 'node:https'
import type { TLSSocket } from 'node:tls'
import { Agent, request } from 'undici'
import { fetchRecordings } from '../../../hack/speech/recordings.ts'
import { transcriptionRequest, type Provider } from '../../../src/voice/speech/openai-requests.ts'
import { readWav, writeWav } from '../../../src/wire/wav.ts'
import { createAuthority, type Issued } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { SPEECH_NAME, startSpeechProcess, type SpeechProcess } from '../../harness/speech-process.ts'
import { patient } from '../../harness/patience.ts'

const authority = createAuthority('operator')

/** A client that shows a certificate of ours, of a stranger, or none. */
const clientWith = (shown: Partial<Issued> = {}) => {
  const connect = { ca: authority.cert, servername: SPEECH_NAME, ...shown }
  return new Agent({ connect })
}

describe('the embedded speech server', function () {
  this.timeout(180_000)
  let server: SpeechProcess
  const bot = clientWith(authority.issue(['bot.town-hall.svc']))
  const nobody = clientWith()

  before(async () => {
    server = await startSpeechProcess(authority, { CALLBOT_SPEECH_QUEUE: '2', CALLBOT_SPEECH_TIMEOUT_SECONDS: '100' })
  })
  after(async () => {
    await Promise.all([bot.destroy(), nobody.destroy()])
    expect(await server.stop(), 'its exit code after SIGTERM').to.equal(0)
  })

  async function ask(path: string, o: { body?: object | FormData; client?: Agent } = {}) {
    const { body, client = bot } = o
    // undici's request takes no form: its text and its type are made as fetch would.
    const whole = body instanceof FormData ? new Response(body) : undefined
    const response = await request(`${server.origin}${path}`, {
      dispatcher: client,
      method: body === undefined ? 'GET' : 'POST',
      headers: body === undefined ? {} : { 'content-type': whole?.headers.get('content-type') ?? 'application/json' },
      body: body === undefined ? null : whole ? Buffer.from(await whole.arrayBuffer()) : JSON.stringify(body),
    })
    const bytes = Buffer.from(await response.body.arrayBuffer())
    const json = () => JSON.parse(String(bytes)) as Record<string, unknown> & { error?: Record<string, unknown> }
    return { status: response.statusCode, headers: response.headers, bytes, json }
  }

  const hear = (wav: Uint8Array, fields: Record<string, string> = {}) => {
    const body = new FormData()
    for (const [name, value] of Object.entries(fields)) body.set(name, value)
    body.set('file', new File([Uint8Array.from(wav)], 'turn.wav', { type: 'audio/wav' }))
    return ask('/v1/audio/transcriptions', { body })
  }
  const say = (body: object) => ask('/v1/audio/speech', { body })
  const recording = async (name: string) =>
    readFileSync((await fetchRecordings()).find((each) => each.name === name)!.file)

  it('tells anyone that it lives, and that it is not ready before its models are loaded', async () => {
    expect((await ask('/healthz', { client: nobody })).status).to.equal(200)
    const early = await ask('/readyz', { client: nobody })
    expect(early.status).to.equal(503)
    expect(String(early.bytes)).to.equal('the models are not loaded yet\n')
    const turnedAway = await say({ input: 'Bonjour.' })
    expect(turnedAway.status).to.equal(503)
    expect(turnedAway.headers['retry-after']).to.equal('1')
    expect(turnedAway.json().error).to.include({ code: 'not_ready' })
    await eventually(async () => expect((await ask('/readyz', { client: nobody })).status).to.equal(200), 120)
  })

  it('answers nobody without a certificate of the operator’s CA, and no certificate of another', async () => {
    const stranger = clientWith(createAuthority('another').issue(['bot.town-hall.svc']))
    for (const client of [nobody, stranger]) {
      for (const path of ['/v1/models', '/v1/audio/speech']) {
        const { status, json } = await ask(path, { client, ...(path === '/v1/models' ? {} : { body: { input: 'x' } }) })
        expect(status).to.equal(401)
        expect(json().error).to.include({ code: 'client_certificate_required' })
      }
    }
    await stranger.destroy()
  })

  it('lists its models and voices', async () => {
    const { data } = (await ask('/v1/models')).json() as unknown as { data: { id: string }[] }
    expect(data.map(({ id }) => id)).to.deep.equal(['whisper-base', 'kokoro', 'piper'])
  })

  it('understands a person who speaks French over a telephone', async () => {
    const { status, json } = await hear(await recording('conf-onlyone'), { language: 'fr' })
    expect(status).to.equal(200)
    expect(json()).to.deep.equal({ text: "Il n'y a qu'un seul participant dans cette conférence." })
  })

  it('recognises the language when the request names none', async () => {
    const { json } = await hear(await recording('vm-goodbye'), { response_format: 'verbose_json' })
    expect(json()).to.include({ task: 'transcribe', language: 'fr' })
    expect(json()['text']).to.match(/au revoir/i)
  })

  it('hears what a bot sends with words to expect about as soon as without them', async () => {
    const digits = 'zéro quatre, soixante-cinq, soixante et onze, vingt-huit, trente-neuf.'
    const { bytes } = await say({ input: digits, language: 'fr', sample_rate: 8_000, speed: 0.9 })
    const { samples } = readWav(bytes)
    const provider = { type: 'Embedded' } as Provider
    const hearAsBot = async (hints: string[]) => {
      const { path, headers, body } = transcriptionRequest(provider, { samples, language: 'fr-FR', hints })
      const begun = performance.now()
      const answer = await request(`${server.origin}/v1${path}`, { dispatcher: bot, method: 'POST', headers, body })
      expect(await answer.body.json())
        .to.have.property('text')
        .that.matches(/71/)
      return performance.now() - begun
    }
    const without = await hearAsBot([])
    // Whisper that repeats itself tries six times: twelve times as long.
    expect(await hearAsBot(['Lilas', 'ordonnance', 'Doctolib'])).to.be.below(4 * without)
  })

  it('hears no words where nobody speaks', async () => {
    for (const height of [0, 300, 3_000]) {
      const samples = Int16Array.from({ length: 16_000 }, (_, index) => height * Math.sin(index * index))
      expect((await hear(writeWav({ sampleRate: 8_000, samples }))).json()).to.deep.equal({ text: '' })
    }
  })

  for (const { language, text, expected } of [
    { language: 'fr', text: 'Quel est votre numéro de téléphone ?', expected: /numéro de téléphone/i },
    { language: 'en', text: 'What is your telephone number?', expected: /telephone number/i },
  ]) {
    it(`speaks ${language} so that it understands itself, as a WAV file of the length that it says`, async () => {
      const { status, bytes, headers } = await say({ input: text, language, sample_rate: 8_000 })
      expect([status, headers['content-type']]).to.deep.equal([200, 'audio/wav'])
      const { samples, sampleRate } = readWav(bytes)
      expect(sampleRate).to.equal(8_000)
      expect(samples.length / 8_000).to.be.within(1, 5)
      expect((await hear(bytes, { language })).json()['text']).to.match(expected)
    })
  }

  it('sends raw samples sentence by sentence: the first is there long before the last', async () => {
    const input = `${'Voici une phrase que vous entendez bientôt. '.repeat(4)}Et voici la dernière.`
    const response = await request(`${server.origin}/v1/audio/speech`, {
      dispatcher: bot,
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ input, response_format: 'pcm', sample_rate: 8_000 }),
    })
    expect(response.headers['content-type']).to.equal('audio/pcm; rate=8000')
    const begun = performance.now()
    let [first, octets] = [0, 0]
    for await (const chunk of response.body) {
      first ||= performance.now() - begun
      octets += (chunk as Buffer).length
    }
    expect(octets / 16_000).to.be.above(8)
    expect(first).to.be.below((performance.now() - begun) / 2)
  })

  it('renders a prompt once however many ask for it at a time, and has it at once from then on', async () => {
    const ask = () => say({ input: 'Merci de patienter un instant.', sample_rate: 8_000, cache: 'prompt' })
    const all = await Promise.all(Array.from({ length: 6 }, ask))
    for (const { bytes, status } of all) {
      expect(status).to.equal(200)
      expect(bytes.equals(all[0]!.bytes)).to.equal(true)
    }
    const begun = performance.now()
    expect((await ask()).bytes.equals(all[0]!.bytes)).to.equal(true)
    expect(performance.now() - begun).to.be.below(patient(250))
  })

  it('keeps nothing of a text that is no prompt', async () => {
    const kept = async () => /callbot_speech_prompt_cache_bytes (\d+)/.exec(String((await ask('/metrics')).bytes))![1]
    const before = await kept()
    await say({ input: 'Monsieur Dupont, votre rendez-vous est noté.', sample_rate: 8_000 })
    expect(await kept()).to.equal(before)
  })

  it('rejects what finds the queue full, at once, and says when to retry', async () => {
    const turn = await recording('conf-onlyone')
    const answers = await Promise.all(Array.from({ length: 8 }, () => hear(turn, { language: 'fr' })))
    const refused = answers.filter(({ status }) => status === 503)
    expect(answers.filter(({ status }) => status === 200).length).to.equal(3) // one with the engine, two waiting
    expect(refused.length).to.equal(5)
    for (const { headers, json } of refused) {
      expect(headers['retry-after']).to.equal('1')
      expect(json().error).to.include({ code: 'overloaded', type: 'server_error' })
    }
  })

  it('forgets a request whose client is gone, and serves the next', async () => {
    const gone = new AbortController()
    const body = JSON.stringify({ input: 'Une phrase que personne n’attend plus. '.repeat(20), sample_rate: 8_000 })
    const headers = { 'content-type': 'application/json' }
    const left = request(`${server.origin}/v1/audio/speech`, {
      ...{ dispatcher: bot, method: 'POST', headers, body, signal: gone.signal },
    }).catch((error: Error) => error.name)
    setTimeout(() => gone.abort(), 300)
    expect(await left).to.equal('AbortError')
    const begun = performance.now()
    expect((await say({ input: 'Hello', language: 'en' })).status).to.equal(200)
    expect(performance.now() - begun, 'one sentence at most is finished first').to.be.below(patient(20_000))
  })

  it('refuses with the field that is wrong, in the form of the OpenAI API', async () => {
    const refusal = async (answer: Promise<Awaited<ReturnType<typeof ask>>>) => {
      const { status, json } = await answer
      const { param, code } = json().error!
      return [status, param, code]
    }
    expect(await refusal(say({ input: 'x', voice: 'alloy' }))).to.deep.equal([400, 'voice', 'invalid_value'])
    expect(await refusal(hear(Buffer.from('ID3'), {}))).to.deep.equal([400, 'file', 'invalid_value'])
    expect(await refusal(hear(Buffer.alloc(25 * 1024 * 1024 + 1)))).to.deep.equal([413, 'file', 'file_too_large'])
    expect(await refusal(ask('/v1/chat/completions', { body: {} }))).to.deep.equal([404, null, null])
    const long = writeWav({ sampleRate: 8_000, samples: new Int16Array(61 * 8_000) })
    expect(await refusal(hear(long))).to.deep.equal([413, 'file', 'audio_too_long'])
  })

  it('tells metrics to bearers of a certificate, and nothing personal in them', async () => {
    expect((await ask('/metrics', { client: nobody })).status).to.equal(401)
    const { status, bytes } = await ask('/metrics')
    expect(status).to.equal(200)
    expect(String(bytes)).to.match(/callbot_speech_work_seconds_count\{kind="asr"\} [1-9]/)
    expect(String(bytes)).not.to.match(/dupont|participant/i)
  })

  it('shows a renewed certificate to new connections and cuts none', async () => {
    const serial = () => certificateOf(server.origin)
    const before = await serial()
    server.mount(authority.issue([SPEECH_NAME]))
    await eventually(async () => expect(await serial()).not.to.equal(before), 30)
    expect((await ask('/v1/models')).status).to.equal(200)
  })
})

/** The serial number of the certificate that a server shows. */
function certificateOf(origin: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const asked = get(
      `${origin}/healthz`,
      { ca: authority.cert, servername: SPEECH_NAME, agent: false },
      (response) => {
        resolve((response.socket as TLSSocket).getPeerCertificate().serialNumber)
        response.resume()
      },
    )
    asked.on('error', reject)
  })
}
