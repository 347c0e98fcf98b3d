import { expect } from 'chai'
import { globSync, mkdtempSync, readFileSync, rmSync, unlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { parse, parseDocument } from 'yaml'
import { callbotSchema, type Callbot } from '../../../src/api/callbot.ts'
import { readManifests } from '../../../src/api/manifests.ts'
import { prepareFlow } from '../../../src/conversation/engine.ts'
import { runConversation } from '../../../src/conversation/test-player.ts'
import { EXIT } from '../../../src/say/files.ts'
import { run, type TestOptions } from '../../../src/say/test-command.ts'
import { failedIn, playBot } from '../../../src/say/test-run.ts'
import { eventually } from '../../harness/eventually.ts'
import { outputOf } from '../../harness/verb-output.ts'

const SAMPLES = ['30-callbot.yaml', '10-integration.yaml', '20-retention-policy.yaml'].map(
  (file) => `config/samples/${file}`,
)
const sample = readFileSync(SAMPLES[0]!, 'utf8')
const AT = '2026-11-24T11:00:00Z'
const INVALID = globSync('test/integration/contract/invalid/*.yaml').sort()

describe('callbot test', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-test-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const test = (options: TestOptions) => outputOf((output) => run({ at: AT, ...options }, output))
  const inFile = (content: string, name = 'bot.yaml') => {
    const file = join(folder, name)
    writeFileSync(file, content)
    return file
  }

  it('plays the tests of the quickstart, which hold all of its ways', async () => {
    const { code, text: told } = await test({ file: ['config/quickstart/bot.yaml'] })
    expect({ code, told }).to.deep.equal({
      code: 0,
      told: 'first-bot/first: 2 tests\nok      entendu\nok      mal-entendu\n2 passed, 0 failed; 3 of 3 ways tested\n',
    })
  })

  it('ends with 0 when all tests pass, and names each way that none of them holds, with its place', async () => {
    const { code, text: told } = await test({ file: SAMPLES })
    const names = callbotSchema.parse(parse(sample)).spec.tests.map(({ name }) => `ok      ${name}\n`)
    expect(told).to.include(`cabinet-des-lilas/rendez-vous: ${names.length} tests\n${names.join('')}not tested  `)
    expect(told).to.include('not tested  config/samples/30-callbot.yaml:48:30: motif.ask.noMatch.next -> secretariat\n')
    expect(told).to.match(/\n9 passed, 0 failed; 26 of 35 ways tested\n$/)
    expect(code).to.equal(EXIT.fine)
  })

  it('takes a way for tested exactly when a flow that ends there fails a test', () => {
    const declared = readManifests([{ name: 'bot.yaml', text: sample }])
    const now = Date.parse(AT)
    const { ways } = playBot(declared.bots[0]!, declared, now, () => false)
    const untested = fieldsThatNameASteps(sample).filter((keys) => {
      const document = parseDocument(sample)
      document.setIn(keys, 'fin')
      document.addIn(['spec', 'dialog', 'inline', 'steps'], { name: 'fin', hangUp: {} })
      const { spec } = callbotSchema.parse(document.toJS()) as Callbot
      const script = prepareFlow(spec.dialog.inline!, spec)
      return spec.tests.every((each) => runConversation(script, each, now).faults.length === 0)
    })
    const places = untested.map((keys) => lineOf(sample, keys))
    expect(ways.untested.map(({ place }) => place.line)).to.have.members(places)
    expect(ways.tested + untested.length).to.equal(fieldsThatNameASteps(sample).length)
  })

  it('ends with 1 when a test fails, and shows the conversation with what differs at its place', async () => {
    const file = inFile(sample.replace('expect: [matin]', 'expect: [soir]'))
    const { code, text: told } = await test({ file: [file] })
    expect(code).to.equal(EXIT.testFailed)
    const line = sample.split('\n').findIndex((each) => each.includes('expect: [matin]')) + 1
    expect(told).to.match(new RegExp(`not ok  prise-de-rendez-vous \\(${file}:${line}:\\d+\\)`))
    expect(told).to.include(
      [
        '          caller  Oui',
        "          bot     Plutôt le matin ou l'après-midi ?",
        '        - expected the bot says "soir"',
        `        + found    "Plutôt le matin ou l'après-midi ?"`,
        '          caller  Le matin',
      ].join('\n'),
    )
    expect(told).to.include('ok      agenda-en-panne').and.to.include('\n8 passed, 1 failed; ')
  })

  it('ends with 2, and says where, when a step leads nowhere or a file is no YAML', async () => {
    const lost = await test({ file: [inFile(sample.replace('next: demande', 'next: demand'))] })
    expect(lost.code).to.equal(EXIT.invalid)
    expect(lost.text).to.match(
      /Error: .*bot[.]yaml:105:17: spec[.]dialog[.]inline[.]steps\[8\][.]next: there is no step demand[.] Did you mean demande[?]/,
    )
    expect(lost.text).not.to.include('ok      ')
    const broken = await test({ file: [inFile('kind: Callbot\nspec: { a: [1, 2 }\n')] })
    expect(broken.code).to.equal(EXIT.invalid)
    expect(broken.text).to.match(/^Error: .*bot[.]yaml:2:\d+: /)
  })

  it('takes the flow of a ConfigMap from the same files, and gives the line of the file', async () => {
    const bot = (next: string) => `apiVersion: callbots.dev/v1alpha1
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
    - { name: a, ask: { text: 'Ça va ?', field: ok, slot: { type: YesNo } }, next: ${next} }
    - { name: b, hangUp: { say: Au revoir. } }
`
    expect((await test({ file: [inFile(bot('b'))] })).text).to.include('ok      adieu')
    const wrong = await test({ file: [inFile(bot('c'))] })
    expect(wrong.text).to.match(
      /Error: .*bot[.]yaml:18:84: ConfigMap flux, dialog[.]yaml[.]steps\[0\][.]next: there is no step c/,
    )
    const missing = await test({ file: [inFile(bot('b').split('---')[0]!)] })
    expect(missing.text).to.match(
      /Error: .*bot[.]yaml:7:35: ConfigMap flux, dialog[.]yaml: it is not in the files given/,
    )
  })

  it('plays all bots of the files, or the one that is named', async () => {
    const two = inFile(`${sample}\n---\n${sample.replace('name: rendez-vous', 'name: autre')}`)
    expect((await test({ file: [two] })).text)
      .to.match(/autre: \d tests/)
      .and.match(/rendez-vous: \d tests/)
    expect((await test({ file: [two], bot: 'autre' })).text).not.to.match(/rendez-vous: \d tests/)
    expect(await test({ file: [two], bot: 'personne' })).to.deep.equal({
      code: EXIT.invalid,
      text: 'Error: --bot: name one bot of the files, which hold: rendez-vous, autre\n',
    })
  })

  it('ends with 1 when fewer ways are tested than --min-ways asks for, and refuses what is no percentage', async () => {
    const enough = await test({ file: SAMPLES, minWays: '74' })
    expect(enough.code).to.equal(EXIT.fine)
    const few = await test({ file: SAMPLES, minWays: '75' })
    expect(few.code).to.equal(EXIT.testFailed)
    expect(few.text).to.include('cabinet-des-lilas/rendez-vous: 74 % of its ways are tested, and --min-ways is 75')
    for (const minWays of ['101', '-1', 'all'])
      expect((await test({ file: SAMPLES, minWays })).code, minWays).to.equal(EXIT.invalid)
  })

  it('leaves unplayed what it has no time for, and that is no success', () => {
    const declared = readManifests([{ name: 'bot.yaml', text: sample }])
    const played = playBot(declared.bots[0]!, declared, Date.parse(AT), () => true)
    const { tests, ways } = played
    expect(failedIn(played)).to.have.length(9)
    expect(tests.map(({ played }) => played)).to.deep.equal(tests.map(() => undefined))
    expect(ways).to.deep.equal({ tested: 0, untested: [], unplayed: 35 })
  })

  it('writes a report in the JUnit format, with failures and without what XML can not hold', async () => {
    const junit = join(folder, 'report.xml')
    const file = inFile(sample.replace('expect: [matin]', String.raw`expect: ["<soir> & \u0007"]`))
    expect((await test({ file: [file], junit })).code).to.equal(EXIT.testFailed)
    const xml = readFileSync(junit, 'utf8')
    expect(xml).to.include(
      '<testsuite name="cabinet-des-lilas/rendez-vous" tests="9" errors="0" failures="1" skipped="0">',
    )
    expect(xml.match(/<testcase /g)).to.have.length(9)
    expect(xml).to.include('<failure message="the bot does not say &quot;&lt;soir&gt; &amp; &quot;">')
    await test({ file: [inFile(sample.replace('next: demande', 'next: demand'))], junit })
    expect(readFileSync(junit, 'utf8')).to.match(
      /tests="1" errors="1"[^]*<error message="not valid">.*there is no step/,
    )
  })

  it('annotates the lines of a pull request with --github', async () => {
    const file = inFile(sample.replace('expect: [matin]', 'expect: ["50 %"]'), 'a,b.yaml')
    const { text: told } = await test({ file: [file], github: true })
    const shown = file.replace(',', '%2C')
    expect(told).to.match(
      new RegExp(
        `^::error file=${shown},line=\\d+,col=\\d+::test prise-de-rendez-vous: the bot does not say "50 %25"$`,
        'm',
      ),
    )
    expect(told).to.match(new RegExp(`^::notice file=${shown},line=48,col=30::no test holds the way motif`, 'm'))
  })

  it('runs again with each change when it watches, also of a file that was deleted and is back', async () => {
    const file = inFile(sample, 'watched.yaml')
    const output = new PassThrough()
    let told = ''
    output.on('data', (chunk: Buffer) => (told += chunk.toString()))
    const ending = new AbortController()
    const watching = run({ at: AT, file: [file], watch: true }, output, ending.signal)
    const seen = (what: RegExp) => eventually(() => expect(told.match(new RegExp(what, 'g'))).to.have.length(1), 30)
    await seen(/9 passed, 0 failed/)
    writeFileSync(file, sample.replace('expect: [matin]', 'expect: [soir]'))
    await seen(/8 passed, 1 failed/)
    unlinkSync(file)
    await seen(/Error: ENOENT/)
    told = ''
    writeFileSync(file, sample)
    await seen(/9 passed, 0 failed/)
    ending.abort()
    expect(await watching).to.equal(EXIT.fine)
    expect((await test({ file: ['-'], watch: true })).text).to.equal('Error: --watch: name files, not standard input\n')
  })
})

describe('a manifest that the API server would refuse', () => {
  // What only a change of an object breaks, is in no file.
  for (const file of INVALID.filter((each) => !/\bdrill-(change|run-again)/.test(each)))
    it(`has the line of its field: ${file.replace(/^.*\//, '').replace('.invalid.yaml', '')}`, () => {
      const content = readFileSync(file, 'utf8')
      const field = /^# field: (\S+)$/m.exec(content)![1]!
      const { problems } = readManifests([{ name: file, text: content }])
      const found = problems.map(({ path }) => /^(.+?):(\d+):\d+: (.*)$/.exec(path)!)
      expect(found.map(([, , , path]) => path)).to.include(field)
      const line = Number(found.find(([, , , path]) => path === field)![2])
      const document = parseDocument(content)
      const keys = field.match(/[^.[\]]+/g)!.map((key) => (/^\d+$/.test(key) ? Number(key) : key))
      while (keys.length > 0 && !document.hasIn(keys)) keys.pop()
      const shown = content.split('\n')[line - 1]
      const last = keys.findLast((key) => typeof key === 'string')
      // The name of the field, or the item of a list.
      expect(shown).to.match(typeof keys.at(-1) === 'number' ? /- |[[{,]/ : new RegExp(`${last ?? 'apiVersion'}["']?:`))
      expect(line).to.be.at.most(lineOf(content, keys))
    })
})

/** Where the value begins, by the node that the parser has for it. */
function lineOf(content: string, keys: readonly (string | number)[]): number {
  const node = parseDocument(content).getIn(keys, true) as { range?: [number, number, number] } | undefined
  return content.slice(0, node?.range?.[0] ?? 0).split('\n').length
}

/** The keys of each field of the flow that names a step. */
function fieldsThatNameASteps(content: string): (string | number)[][] {
  const start = ['spec', 'dialog', 'inline', 'steps']
  const { steps } = (parse(content) as Callbot).spec.dialog.inline!
  return steps.flatMap((step, index) => fieldsIn(step, [...start, index]))
}

function fieldsIn(part: unknown, keys: (string | number)[]): (string | number)[][] {
  if (typeof part !== 'object' || part === null) return []
  return Object.entries(part).flatMap(([key, value]) => {
    const own = [...keys, Array.isArray(part) ? Number(key) : key]
    const isName = ['next', 'otherwise', 'unanswered', 'atLimit'].includes(key) && typeof value === 'string'
    return isName ? [own] : fieldsIn(value, own)
  })
}
