import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { run } from '../../../src/say/command.ts'
import { EXIT, type FilesOptions } from '../../../src/say/files.ts'
import { heardIn, converse } from '../../../src/say/text-call.ts'
import { prepareFlow } from '../../../src/conversation/engine.ts'
import { aFlow, inFrance } from '../../harness/flows.ts'
import { NOW } from '../../harness/hearing.ts'
import { outputOf } from '../../harness/verb-output.ts'

const sample = readFileSync('config/samples/30-callbot.yaml', 'utf8')

describe('callbot say', () => {
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-say-'))))
  after(() => rmSync(folder, { recursive: true, force: true }))

  const say = (options: FilesOptions) => outputOf((output) => run({ at: '2026-11-24T11:00:00Z', ...options }, output))
  const inFile = (text: string) => {
    const file = join(folder, 'bot.yaml')
    writeFileSync(file, text)
    return file
  }

  it('ends with 2, and says at which line, when the API server or the check would refuse the file', async () => {
    const misspelt = await say({ file: [inFile(sample.replace('hangUp:', 'hangup:'))] })
    expect(misspelt.code).to.equal(EXIT.invalid)
    expect(misspelt.text).to.match(/bot[.]yaml:123:11: spec[.]dialog[.]inline[.]steps\[10\][.]hangup: unknown field/)
    const lost = await say({ file: [inFile(sample.replace('otherwise: date', 'otherwise: dat'))] })
    expect(lost.code).to.equal(EXIT.invalid)
    expect(lost.text).to.match(
      /Error: .*bot[.]yaml:55:24: spec[.]dialog[.]inline[.]steps\[2\][.]choose[.]otherwise: there is no step dat[.] Did you mean date[?]/,
    )
  })

  it('asks for a name when the files hold several bots', async () => {
    const two = `${sample}\n---\n${sample.replace('name: rendez-vous', 'name: autre')}`
    expect(await say({ file: [inFile(two)] })).to.deep.equal({
      code: EXIT.invalid,
      text: 'Error: name one bot by --bot; the files hold: rendez-vous, autre\n',
    })
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
