// @seconds 37
import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { request } from 'node:https'
import { printFigures } from '../../../hack/evidence.ts'
import { writeWav } from '../../../src/wire/wav.ts'
import { createAuthority, type Issued } from '../../harness/authority.ts'
import { eventually } from '../../harness/eventually.ts'
import { SPEECH_NAME, startSpeechProcess, type SpeechProcess } from '../../harness/speech-process.ts'
import { patient } from '../../harness/patience.ts'

const UPLOAD = 5_000_000
const UPLOADS = 60

describe('tenants of the embedded speech server', function () {
  this.timeout(240_000)
  const authority = createAuthority('operator')
  const [flood, quiet] = [authority.issue(['bot.flood.svc']), authority.issue(['bot.quiet.svc'])]
  let server: SpeechProcess

  before(async () => {
    server = await startSpeechProcess(authority, { CALLBOT_SPEECH_TIMEOUT_SECONDS: '100' })
    await eventually(async () => expect((await send(quiet, 'GET', '/readyz')).status).to.equal(200), 120)
  })
  after(() => server.stop())

  const memory = () => Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${server.pid}/status`, 'utf8'))![1]) / 1024

  /** Sends `body` of a request that declares `length` octets. */
  function send(own: Issued, method: string, path: string, o: { type?: string; body?: Buffer; length?: number } = {}) {
    const { type = 'multipart/form-data; boundary=x', body, length = body?.length } = o
    const headers = length === undefined ? {} : { 'content-type': type, 'content-length': length }
    const target = { ca: authority.cert, servername: SPEECH_NAME, agent: false, method, headers, ...own }
    return new Promise<{ status: number; ms: number }>((resolve) => {
      const begun = performance.now()
      const asked = request(`${server.origin}${path}`, target, (response) => {
        response.resume()
        resolve({ status: response.statusCode!, ms: performance.now() - begun })
      })
      asked.on('error', () => resolve({ status: 0, ms: performance.now() - begun }))
      if (body !== undefined) asked.write(body)
      if (length === body?.length) asked.end()
    })
  }
  const part = (bytes: Uint8Array) =>
    Buffer.concat([
      Buffer.from(
        '--x\r\nContent-Disposition: form-data; name="file"; filename="a.wav"\r\nContent-Type: audio/wav\r\n\r\n',
      ),
      bytes,
      Buffer.from('\r\n--x--\r\n'),
    ])
  const turn = part(writeWav({ sampleRate: 8_000, samples: new Int16Array(16_000) }))

  it(`bounds what ${UPLOADS} unfinished uploads of one tenant take, ends them in time, and hears another tenant meanwhile`, async () => {
    const before = memory()
    const body = part(new Uint8Array(UPLOAD))
    const all = Array.from({ length: UPLOADS }, () =>
      send(flood, 'POST', '/v1/audio/transcriptions', { body, length: body.length + 1_000 }),
    )
    await new Promise((resolve) => setTimeout(resolve, 4_000))
    const taken = memory() - before
    const heard = await send(quiet, 'POST', '/v1/audio/transcriptions', { body: turn })
    expect(heard.status).to.equal(200)
    const answers = await Promise.all(all)
    const longest = Math.max(...answers.map(({ ms }) => ms))
    printFigures(`${UPLOADS} unfinished uploads of 4.8 MiB`, [
      ['memory', `${taken.toFixed(0)} MiB`],
      ['the other tenant is heard after', `${heard.ms.toFixed(0)} ms`],
      ['the last of them ends after', `${(longest / 1_000).toFixed(1)} s`],
    ])
    expect(answers.filter(({ status }) => status === 200).length).to.equal(0)
    expect(taken).to.be.below(160)
    expect(longest).to.be.below(patient(25_000))
  })

  it('hears and speaks for a tenant before the rest of what another has waiting', async () => {
    const speak = (own: Issued, text: string) =>
      send(own, 'POST', '/v1/audio/speech', {
        type: 'application/json',
        body: Buffer.from(JSON.stringify({ input: text, language: 'en', sample_rate: 8_000 })),
      })
    const done: string[] = []
    const many = Array.from({ length: 30 }, () =>
      speak(flood, 'This is a sentence that takes a while to say.').then(() => done.push('flood')),
    )
    await eventually(() => expect(done.length).to.be.above(0), 60)
    expect((await speak(quiet, 'Hello.')).status).to.equal(200)
    expect(done.length, 'of thirty, when the quiet one was served').to.be.below(15)
    await Promise.all(many)
  })
})
