import { expect } from 'chai'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { systemClock as clock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import type { Observe } from '../../../../src/voice/speech/provider-failover.ts'
import { createEgress } from '../../../../src/webclient/egress-policy.ts'
import { reachFrom } from '../../../../src/wire/sdp/address-policy.ts'
import { createSpeechClient, type SpeechClient } from '../../../../src/voice/speech/speech-client.ts'
import { createPrompts, fixedOf } from '../../../../src/voice/speech/prompt-cache.ts'
import { openSpeechServers, type SpeechServers } from '../../../../src/voice/speech/speech-servers.ts'
import { readWav } from '../../../../src/wire/wav.ts'
import { eventually } from '../../../harness/eventually.ts'
import { type SpeechStandIn, startSpeechStandIn } from '../../../harness/speech-stand-in.ts'

const never = new AbortController().signal
const whole = () => {
  throw new Error('a part came of what is rendered whole')
}
const turn = new Int16Array(8_000).fill(1_000)

const egress = createEgress(reachFrom('127.0.0.1'))

describe('the speech client', () => {
  let first: SpeechStandIn
  let second: SpeechStandIn
  let servers: SpeechServers
  let folder: string
  let seen: Parameters<Observe>[0][]

  beforeEach(async () => {
    first = await startSpeechStandIn()
    second = await startSpeechStandIn()
    folder = await mkdtemp(join(tmpdir(), 'callbot-keys-'))
    seen = []
  })
  afterEach(async () => {
    await servers.close()
    await first.close()
    await second.close()
    await rm(folder, { recursive: true })
  })

  const open = (
    timeoutMilliseconds = 500,
    o: { secret?: string; only?: SpeechStandIn; regions?: string[] } = {},
  ): SpeechClient => {
    const secretRef = o.secret === undefined ? {} : { secretRef: { name: o.secret, key: 'apiKey' } }
    const asked = o.only === undefined ? [first, second] : [o.only]
    const providers = asked.map(({ url }, index) => ({
      type: 'OpenAICompatible' as const,
      url,
      region: ['here', 'there'][index]!,
      timeoutMilliseconds,
      ...secretRef,
    }))
    const speech = { asr: providers, tts: providers, vocabulary: ['Lilas'] }
    const identity = { cert: '', key: '', ca: '', notBefore: 0, notAfter: 0, fingerprint: '' }
    servers = openSpeechServers({
      speech,
      embeddedUrl: 'https://unused.invalid/v1',
      secretsFolder: folder,
      identity,
      egress,
      ...(o.regions && { regions: o.regions }),
    })
    const observe: Observe = (one) => seen.push(one)
    return createSpeechClient({ language: 'fr-FR', speech, ...servers, clock, random: () => 0.5, observe })
  }
  const results = () => seen.map(({ provider, result }) => `${provider} ${result}`)

  it('sends the turn as WAV of 8 kHz with 300 ms of silence on both sides', async () => {
    const client = open()
    first.toHear.push(' Bonjour. ')
    expect(await client.transcribe(turn, ['rendez-vous'], never)).to.equal('Bonjour.')
    const { body } = first.last.get('/v1/audio/transcriptions')!
    const { sampleRate, samples } = readWav(body.subarray(body.indexOf('RIFF')))
    expect(sampleRate).to.equal(8_000)
    expect(samples.findIndex((sample) => sample !== 0)).to.equal(2_400)
    expect(samples.findLastIndex((sample) => sample !== 0)).to.be.within(2_400 + 7_999, 2_400 + 8_000 + 2_400)
    expect(body.toString('latin1')).to.include('rendez-vous, Lilas.\r\n')
  })

  it('takes for silence what a recogniser writes for noises', async () => {
    const client = open()
    for (const noise of ['[Musique]', ' (bruit de fond) ', '*tousse*', '♪♪', '...', '((rire))', '[']) {
      first.toHear.push(noise)
      expect(await client.transcribe(turn, [], never), noise).to.equal('')
    }
    first.toHear.push('[Musique] bonjour')
    expect(await client.transcribe(turn, [], never)).to.equal('[Musique] bonjour')
  })

  it('asks the second provider when the first fails, and when it is slow', async () => {
    const client = open(200)
    first.failWith = { asr: 500 }
    second.toHear.push('un', 'deux')
    expect(await client.transcribe(turn, [], never)).to.equal('un')
    first.failWith = {}
    first.delay.asr = 2_000
    const from = clock.monotonic()
    expect(await client.transcribe(turn, [], never)).to.equal('deux')
    expect(clock.monotonic() - from).to.be.within(190, 1_000)
    await eventually(() => expect(results()).to.deep.equal(['0 broken', '1 ok', '1 ok', '0 called-off']))
  })

  it('leaves a broken provider alone after some failures, so that nobody waits for it', async () => {
    const client = open(5_000)
    first.failWith = { tts: 500 }
    for (let times = 0; times < 6; times++) await client.render('Bonjour.', false, never)
    expect(results().filter((result) => result === '0 broken')).to.have.length(4)
    expect(results().filter((result) => result === '0 left-alone')).to.have.length(2)
  })

  it('tries a busy provider again, and does not hold it for broken', async () => {
    const client = open(5_000, { only: first })
    first.failWith = { tts: 503 }
    const rendering = client.render('Bonjour.', false, never)
    await eventually(() => expect(results()).to.deep.equal(['0 busy']))
    first.failWith = {}
    expect((await rendering).length).to.be.above(0)
    expect(client.health().tts.state).to.equal('Ready')
  })

  it('says in its health when no provider answers, without a word of the caller', async () => {
    const client = open(5_000)
    expect(client.health().asr.state).to.equal('Unknown')
    first.failWith = { asr: 401 }
    second.failWith = { asr: 500 }
    const fault = await client.transcribe(turn, [], never).catch((error: unknown) => error)
    expect(String(fault)).to.equal('SpeechFault: it answered 500')
    expect(client.health().asr).to.deep.equal({
      state: 'Failing',
      because: 'no provider answered; the last error: it answered 500',
    })
  })

  it('shows the API key of its Secret, as it is at the time', async () => {
    const client = open(5_000, { secret: 'speech-key' })
    await client.render('Un.', false, never)
    expect(first.last.get('/v1/audio/speech')!.headers.authorization).to.equal(undefined)
    await mkdir(join(folder, 'speech-key'))
    await writeFile(join(folder, 'speech-key', 'callbots.hosts'), '127.0.0.1')
    await writeFile(join(folder, 'speech-key', 'apiKey'), 'abc\n')
    await client.render('Deux.', false, never)
    expect(first.last.get('/v1/audio/speech')!.headers.authorization).to.equal('Bearer abc')
  })

  it('shows no value of a Secret that does not name the server, and does not ask that server', async () => {
    await mkdir(join(folder, 'theirs'))
    await writeFile(join(folder, 'theirs', 'apiKey'), 'abc')
    const client = open(5_000, { secret: 'theirs' })
    for (const hosts of [undefined, 'speech.example.org']) {
      if (hosts !== undefined) await writeFile(join(folder, 'theirs', 'callbots.hosts'), hosts)
      const failed = await client.render('Un.', false, never).catch((error: unknown) => error)
      expect(String(failed)).to.contain('Secret theirs may not be shown to 127.0.0.1')
    }
    expect([first.last.size, second.last.size]).to.deep.equal([0, 0])
    expect(client.health().tts.because).to.contain('adds the host to its key callbots.hosts')
  })

  it('sends a foreign server nothing but what the API knows', async () => {
    await open().render('Bonjour.', true, never)
    const body = JSON.parse(first.last.get('/v1/audio/speech')!.body.toString())
    expect(body).to.deep.equal({ input: 'Bonjour.', response_format: 'wav' })
  })

  it('stops at once when the caller has gone', async () => {
    const client = open()
    first.delay.tts = 2_000
    const caller = new AbortController()
    const from = clock.monotonic()
    setTimeout(() => caller.abort(new Error('gone')), 50)
    expect(String(await client.render('Bonjour.', false, caller.signal).catch((error: unknown) => error))).to.equal(
      'Error: gone',
    )
    expect(clock.monotonic() - from).to.be.below(500)
  })

  it('renders fixed sentences ahead, the greeting first, each once for all calls, and never one with a value', async () => {
    const client = open(5_000)
    const prompts = createPrompts({
      greeting: ['Bonjour. Ici le cabinet.'],
      texts: ['Pour quel jour ?', 'Votre demande pour le {date} est notée. Au revoir.', 'Bonjour. Ici le cabinet.'],
      client,
      clock,
      random: () => 0.5,
      log: silent,
    })
    const same = await Promise.all([1, 2, 3].map(() => prompts.render('Au revoir.', never, whole)))
    await eventually(() => expect(prompts.counts).to.deep.equal({ here: 4, all: 4 }))
    expect(first.said.filter((text) => text === 'Au revoir.')).to.have.length(1)
    expect(new Set(same).size).to.equal(1)
    expect(first.said.slice(0, 3)).to.include.members(['Bonjour.', 'Ici le cabinet.'])
    expect(first.said.join()).not.to.include('{')
    expect(prompts.isGreetingReady).to.equal(true)
    prompts.close()
  })

  it('lets no caller wait for what is rendered in the time that is left over', async () => {
    const asked: [string, boolean][] = []
    const client = {
      render: (text: string, isFixed: boolean) => {
        asked.push([text, isFixed])
        return isFixed ? new Promise<Int16Array>(() => undefined) : Promise.resolve(new Int16Array(8))
      },
    }
    const texts = { greeting: [], texts: ['Pour quel jour ?'] }
    const prompts = createPrompts({ ...texts, client, clock, random: () => 0.5, log: silent })
    expect(await prompts.render('Pour quel jour ?', never, whole)).to.have.lengthOf(8)
    expect(asked).to.deep.equal([
      ['Pour quel jour ?', true],
      ['Pour quel jour ?', false],
    ])
    expect(prompts.get('Pour quel jour ?')).to.have.lengthOf(8)
    prompts.close()
  })

  it('renders a long sentence with a value in two parts, the first of which a caller hears at once, and a fixed one whole', async () => {
    const clauses = ['Le zéro quatre, soixante-cinq, soixante et onze,', "vingt-huit, trente-neuf, c'est bien ça ?"]
    const fixed = clauses.join(' ').replace('zéro', 'numéro')
    const said: string[] = []
    const client = { render: (text: string) => Promise.resolve(new Int16Array(said.push(text))) }
    const prompts = createPrompts({ greeting: [], texts: [fixed], client, clock, random: () => 0.5, log: silent })
    const begun: Int16Array[] = []
    await prompts.render(fixed, never, whole)
    said.length = 0
    const rest = await prompts.render(clauses.join(' '), never, (samples) => begun.push(samples))
    expect(said).to.deep.equal(clauses)
    expect(begun.map(({ length }) => length)).to.deep.equal([1 + 960])
    expect(rest).to.have.lengthOf(2)
    prompts.close()
  })

  it('keeps trying for the sentences that could not be rendered', async () => {
    const client = open(5_000)
    first.failWith = { tts: 500 }
    second.failWith = { tts: 500 }
    const prompts = createPrompts({ greeting: ['Bonjour.'], texts: [], client, clock, random: () => 1, log: silent })
    await eventually(() => expect(client.health().tts.state).to.equal('Failing'))
    first.failWith = {}
    second.failWith = {}
    await eventually(() => expect(prompts.isGreetingReady).to.equal(true))
    prompts.close()
  })

  it('asks no server that is declared outside of the regions of the bot, and none at all where all of them are', async () => {
    second.toHear.push('Oui.')
    expect(await open(500, { regions: ['there'] }).transcribe(turn, [], never)).to.equal('Oui.')
    await servers.close()
    const fault = await open(500, { regions: [] })
      .transcribe(turn, [], never)
      .catch((error: unknown) => error)
    expect(String(fault)).to.include('it is declared in there, outside of the regions that this bot may use')
    expect(first.last.size, 'requests').to.equal(0)
    expect(second.last.size, 'paths').to.equal(1)
  })

  it('knows a sentence by its end', () => {
    servers = openSpeechServers({
      speech: { asr: [], tts: [], vocabulary: [] },
      embeddedUrl: '',
      secretsFolder: '',
      identity: { cert: '', key: '', ca: '', notBefore: 0, notAfter: 0, fingerprint: '' },
      egress,
    })
    expect(fixedOf(['Êtes-vous déjà venu ? Dites oui ou non. Merci !'])).to.deep.equal([
      'Êtes-vous déjà venu ?',
      'Dites oui ou non.',
      'Merci !',
    ])
    expect(fixedOf(['Je vous passe M. Dupont au 3. étage.'])).to.have.length(1)
    expect(fixedOf(['Le {date}. Au revoir.'])).to.deep.equal(['Au revoir.'])
  })
})
