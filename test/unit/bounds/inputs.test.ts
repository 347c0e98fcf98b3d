import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parseFlow } from '../../../src/api/parse-flow.ts'
import { renderingOf } from '../../../src/voice/speech/openai-requests.ts'
import { ELSEWHERE } from '../../harness/bounds/elsewhere.ts'
import { TEXTS } from '../../harness/bounds/hostile-text.ts'
import { attempt, type Input } from '../../harness/bounds/input.ts'
import { OF_CALLERS } from '../../harness/bounds/of-callers.ts'
import { OF_CLIENTS } from '../../harness/bounds/of-clients.ts'
import { OF_PROGRAMS } from '../../harness/bounds/of-programs.ts'
import { OF_PROVIDERS } from '../../harness/bounds/of-providers.ts'
import { OF_SPEECH_SERVER } from '../../harness/bounds/of-speech-server.ts'
import { SOUNDS } from '../../harness/bounds/sounds.ts'
import { costBeside, costOf, longestBlockOf } from '../../harness/event-loop.ts'
import { PlayedCall } from '../../harness/flows.ts'

/** docs/bounds.md names each of these. */
// Two lanes of tests share a processor's caches and its clock, so what costs 45 ms alone may cost 55 beside another one.
const MOST_MS = process.env['PROOF'] === 'whole' ? 50 : 75
const INPUTS: readonly Input[] = [...OF_CALLERS, ...OF_PROVIDERS, ...OF_CLIENTS, ...OF_SPEECH_SERVER, ...OF_PROGRAMS]
/** Measured below, by tests of their own. */
const SPEECH = 'Speech of a provider'

/** The rows of the first table, the one of inputs. */
const rows = readFileSync('docs/bounds.md', 'utf8')
  .split('\n## ')[0]!
  .split('\n')
  .filter((line) => line.startsWith('| ') && !/^\| (---|Input) \|/.test(line))
  .map((line) => ({ row: line.split(' | ')[0]!.slice(2), tests: line.split(' | ').at(-1)! }))

describe('the largest input of each kind takes less than 50 ms', function () {
  this.timeout(120_000)

  for (const { row, what, longest, read, isRead, shapes = TEXTS } of INPUTS) {
    it(`${row}: ${what}, whatever it is made of`, () => {
      let wasRead = false
      for (const [shape, make] of Object.entries(shapes)) {
        const text = make(longest)
        let result: unknown
        expect(
          costBeside(MOST_MS, () => (result = attempt(() => read(text)))),
          shape,
        ).to.be.below(MOST_MS)
        wasRead ||= result !== undefined && isRead?.(result) === true
      }
      if (isRead !== undefined) expect(wasRead, 'one of them was read, and not refused for its length').to.equal(true)
    })
  }

  for (const [what, make] of Object.entries(SOUNDS)) {
    it(`${SPEECH}: ${what}, and calls go on meanwhile`, async () => {
      const answer = { status: 200, body: make() }
      const read = async () => renderingOf(answer)
      const block = await longestBlockOf(() => read().catch(() => undefined), MOST_MS)
      expect(block).to.be.below(MOST_MS)
    })
  }

  it('a move of a dialog through as many words as steps can hold', () => {
    const text = '{a}'.repeat(333)
    const says = Array.from({ length: 98 }, (_, index) => ({ name: `s${index}`, say: { text }, next: `s${index + 1}` }))
    const parsed = parseFlow({
      steps: [
        { name: 'ask', ask: { text: 'x', field: 'a', slot: { type: 'Phone' }, confirm: 'Never' }, next: 's0' },
        ...says,
        { name: 's98', hangUp: {} },
      ],
    })
    if (!('value' in parsed)) throw new Error('the flow is not valid')
    const answer = () => new PlayedCall(parsed.value).hears('zéro six trente-neuf 98 00 42')
    expect(answer().said.length).to.be.above(1_000)
    expect(costOf(answer, 2)).to.be.below(MOST_MS)
  })
})

describe('each input of docs/bounds.md', () => {
  const measured = new Set([...INPUTS.map(({ row }) => row), SPEECH])

  it('is measured here, or is known not to be, and why', () => {
    expect(rows).to.have.length.above(50)
    const known = [...measured, ...Object.keys(ELSEWHERE)]
    const there = rows.map(({ row }) => row)
    expect(
      there.filter((row) => !known.includes(row)),
      'rows without a measure or a reason',
    ).to.deep.equal([])
    expect(
      known.filter((row) => !there.includes(row)),
      'rows that are gone',
    ).to.deep.equal([])
  })

  it('names this test if it is measured here, and else the one that its reason names', () => {
    for (const { row, tests } of rows) {
      const named = measured.has(row)
        ? ['test/unit/bounds/inputs.test.ts']
        : (ELSEWHERE[row]!.match(/test\/[\w/.-]+\.test\.ts/g) ?? [])
      for (const file of named) expect(tests, row).to.include(file)
    }
  })
})
