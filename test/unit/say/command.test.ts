import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { text } from 'node:stream/consumers'
import { parse } from 'yaml'
import { callbotSchema } from '../../../src/api/callbot.ts'
import { EXIT, run, type SayOptions } from '../../../src/say/command.ts'
import { heardIn, converse } from '../../../src/say/text-call.ts'
import { prepareFlow } from '../../../src/conversation/engine.ts'
import { aFlow, inFrance } from '../../harness/flows.ts'
import { NOW } from '../../harness/hearing.ts'

const SAMPLES = ['30-callbot.yaml', '10-integration.yaml', '20-retention-policy.yaml'].map(
  (file) => `config/samples/${file}`,
)
const sample = readFileSync(SAMPLES[0]!, 'utf8')

describe('callbot say', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-say-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  async function say(options: SayOptions) {
    const output = new PassThrough()
    const written = text(output)
    const code = await run({ at: '2026-11-24T11:00:00Z', ...options }, output)
    output.end()
    return { code, text: await written }
  }
  const inFile = (text: string) => {
    const file = join(folder, 'bot.yaml')
    writeFileSync(file, text)
    return file
  }

  it('plays the tests of the quickstart', async () => {
    const { code, text: told } = await say({ file: ['config/quickstart/bot.yaml'], runTests: true })
    expect({ code, told }).to.deep.equal({
      code: 0,
      told: 'first-bot/first: 2 tests\nok      entendu\nok      mal-entendu\n',
    })
  })

  it('--run-tests ends with 0 when all tests pass', async () => {
    const { code, text: told } = await say({ file: SAMPLES, runTests: true })
    const names = callbotSchema.parse(parse(sample)).spec.tests.map(({ name }) => `ok      ${name}\n`)
    expect(names).to.have.length.above(3)
    expect(told).to.equal(`cabinet-des-lilas/rendez-vous: ${names.length} tests\n${names.join('')}`)
    expect(code).to.equal(EXIT.fine)
  })

  it('--run-tests ends with 1 when one fails, and shows the conversation with what differs at its place', async () => {
    const file = inFile(sample.replace('expect: [matin]', 'expect: [soir]'))
    const { code, text: told } = await say({ file: [file], runTests: true })
    expect(code).to.equal(EXIT.testFailed)
    expect(told).to.include(
      [
        '          caller  Oui',
        "          bot     Plutôt le matin ou l'après-midi ?",
        '        - expected the bot says "soir"',
        `        + found    "Plutôt le matin ou l'après-midi ?"`,
        '          caller  Le matin',
      ].join('\n'),
    )
    expect(told).to.include('ok      agenda-en-panne')
  })

  it('ends with 2 when the API server, or the check, would refuse the file', async () => {
    const misspelt = await say({ file: [inFile(sample.replace('hangUp:', 'hangup:'))], runTests: true })
    expect(misspelt.code).to.equal(EXIT.invalid)
    expect(misspelt.text).to.match(
      /bot[.]yaml, document 1: spec[.]dialog[.]inline[.]steps\[10\][.]hangup: unknown field/,
    )
    const lost = await say({ file: [inFile(sample.replace('otherwise: date', 'otherwise: dat'))], runTests: true })
    expect(lost.code).to.equal(EXIT.invalid)
    expect(lost.text).to.include(
      'Error: spec.dialog.inline.steps[2].choose.otherwise: there is no step dat. Did you mean date?',
    )
  })

  it('takes the dialog of a ConfigMap from the same files, and tells faults by its key', async () => {
    const bot = (dialog: string) => `
apiVersion: callbots.dev/v1alpha1
kind: Callbot
metadata: { name: accueil, namespace: lilas }
spec:
  numbers: ['+33199000001']
  language: fr-FR
  dialog: { configMapRef: { name: flux } }
  integrationRefs: [{ name: cabinet }]
  fallback: { number: '4001', integrationRef: { name: cabinet } }
  tests: [{ name: adieu, turns: [{ says: Oui, expect: [au revoir] }] }]
---
apiVersion: v1
kind: ConfigMap
metadata: { name: flux, namespace: lilas }
data:
  dialog.yaml: |
    steps:
    - { name: a, ask: { text: 'Ça va ?', field: ok, slot: { type: YesNo } }, next: ${dialog} }
    - { name: b, hangUp: { say: Au revoir. } }
`
    expect((await say({ file: [inFile(bot('b'))], runTests: true })).text).to.include('ok      adieu')
    const wrong = await say({ file: [inFile(bot('c'))], runTests: true })
    expect(wrong.text).to.match(
      /Error: ConfigMap flux, dialog[.]yaml: steps: next of every step must be the name of a step/,
    )
    const missing = await say({ file: [inFile(bot('b').split('---')[0]!)], runTests: true })
    expect(missing.text).to.include('Error: ConfigMap flux, dialog.yaml: it is not in the files given')
  })

  it('asks for a name when the files hold several bots, unless it runs the tests of all', async () => {
    const two = `${sample}\n---\n${sample.replace('name: rendez-vous', 'name: autre')}`
    const unnamed = await say({ file: [inFile(two)] })
    expect(unnamed).to.deep.equal({
      code: EXIT.invalid,
      text: 'Error: name one bot by --bot; the files hold: rendez-vous, autre\n',
    })
    expect((await say({ file: [inFile(two)], runTests: true })).text).to.match(/autre: \d tests/)
    expect((await say({ file: [inFile(two)], runTests: true, bot: 'autre' })).text).not.to.match(
      /rendez-vous: \d tests/,
    )
  })
})

describe('what is typed', () => {
  it('is heard, or is keys after #, or silence', () => {
    expect(heardIn(' Bonjour ')).to.deep.equal([{ type: 'Heard', text: 'Bonjour' }])
    expect(heardIn('#12#')).to.deep.equal(['1', '2', '#'].map((key) => ({ type: 'Key', key })))
    expect(heardIn('')).to.deep.equal([{ type: 'NoInput' }])
  })
})

describe('a talk in the terminal', () => {
  const flow = aFlow(`steps:
  - { name: a, ask: { text: 'Quel jour ?', field: jour, slot: { type: Date }, confirm: Never }, next: b }
  - { name: b, request: { integration: cabinet, operation: reserver, input: [{ name: date, value: '{jour}' }] }, next: c }
  - { name: c, hangUp: { say: 'Le {jour} à {heure}.' } }`)

  async function typed(...lines: string[]) {
    const written: string[] = []
    const left = [...lines]
    await converse({
      script: prepareFlow(flow, inFrance),
      collect: ['jour'],
      now: () => NOW,
      terminal: { write: (line) => written.push(line), read: () => Promise.resolve(left.shift()) },
    })
    return written
  }

  it('shows step, words, what was collected, and what the client’s system is asked', async () => {
    expect(await typed('demain', 'Reserve heure=09:30')).to.deep.equal([
      '[a] Quel jour ?',
      '      jour = 2026-11-25',
      '      cabinet/reserver date=2026-11-25',
      '      heure = 09:30',
      '[c] Le mercredi 25 novembre à 9 heures 30.',
      '(the bot hangs up)',
    ])
  })

  it('ends when the input does: the caller hangs up', async () => {
    expect((await typed()).at(-1)).to.equal('(the caller hangs up)')
  })

  it('ends at the emergency number for a caller who says nothing', async () => {
    expect((await typed('', '')).at(-1)).to.equal('(put through to the emergency number: Silence)')
  })
})
