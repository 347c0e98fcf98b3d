import { expect } from 'chai'
import { existsSync } from 'node:fs'
import { merge } from '../../../../hack/figures/keep.ts'
import { placesOf, staleFigures, unproved } from '../../../../hack/figures/places.ts'
import { withFigures } from '../../../../hack/figures/pages.ts'
import { byPromise, define } from '../../../../hack/figures/proof.ts'
import { PROOFS } from '../../../../hack/figures/proofs.ts'
import { sectionOf } from '../../../../hack/figures/sections.ts'
import type { Evidence } from '../../../../hack/evidence.ts'

const proof = define<{ ms: number }>({
  ...{ name: 'deaf', section: 'fault', ...byPromise('deaf') },
  figures: { late: { what: 'late', unit: 'ms', most: 100, of: ({ ms }) => ms } },
})
const run = (day: number, letter: string): Evidence & { ms: number } => ({
  ...{ name: 'deaf', at: `2026-01-0${day}T00:00:00.000Z`, form: 'whole', ms: 80 },
  commit: { id: letter.repeat(40), isClean: true },
  machine: { cpu: 'X', cores: 2, memoryGiB: 24, kernel: '6', system: 'Debian', node: 'v26' },
})
const files = new Map([['deaf', merge(undefined, proof, [run(3, 'b'), run(2, 'b'), run(1, 'a')])]])
const sentence = 'a\nIt took <!-- figure: deaf late -->80 ms<!-- end -->, <!-- figure: deaf taken -->x<!-- end -->.'
const places = placesOf('README.md', sentence)

describe('where figures are shown', () => {
  it('is each line with a figure in a sentence, once', () => {
    expect(places).to.deep.equal([{ page: 'README.md', line: 2, name: 'deaf' }])
  })

  it('is each table of a proof', () => {
    const table = placesOf('docs/benchmarks.md', sectionOf('fault', files, [proof]))
    expect(table.map(({ name }) => name)).to.deep.equal(['deaf'])
  })
})

describe('a figure whose evidence file was removed', () => {
  it('is refused with the line, the file and the cure', () => {
    expect(unproved(places, files, [proof])).to.deep.equal([])
    expect(unproved(places, new Map(), [proof])).to.deep.equal([
      'README.md:2 shows figures of "deaf", and docs/evidence/deaf.json is missing: restore it, or run ' +
        '"make e2e PROMISE=deaf" and "make figures", or remove the figure',
    ])
  })

  it('is refused with fewer than three rounds, too, of all kinds of machines together', () => {
    const other = { ...run(3, 'b'), machine: { ...run(3, 'b').machine, cpu: 'Y' } }
    const filesOf = (...runs: Evidence[]) => new Map([['deaf', merge(undefined, proof, runs)]])
    expect(unproved(places, filesOf(other, run(2, 'b'), run(1, 'a')), [proof])).to.deep.equal([])
    const few = filesOf(other, run(1, 'a'))
    expect(unproved(places, few, [proof])).to.deep.equal([
      'README.md:2 shows figures of "deaf", and docs/evidence/deaf.json has fewer than 3 rounds: run ' +
        '"make e2e PROMISE=deaf" and "make figures", or remove the figure',
    ])
    const tables = withFigures('<!-- figures: fault -->\n\n<!-- figures: end -->', few, [proof])
    expect(tables, 'in no table').to.include('Not published').and.not.include('80')
  })
})

describe('a figure that is older than what it is about', () => {
  it('is stale, with its commit, how much has changed since, where it is shown and how it is measured again', () => {
    const asked: unknown[] = []
    const table = staleFigures(
      places,
      files,
      (commit, subject) => {
        asked.push(commit, subject)
        return 3
      },
      [proof],
    )
    expect(asked, 'of two commits the older one').to.deep.equal(['a'.repeat(40), ['test/e2e/deaf.test.ts']])
    expect(table).to.match(/^deaf +aaaaaaa 2026-01-01 +3 commits +README[.]md:2 +make e2e PROMISE=deaf$/m)
  })

  it('is stale where git does not know its commit, and fresh where nothing has changed', () => {
    expect(staleFigures(places, files, () => undefined, [proof])).to.include('commit unknown here')
    expect(staleFigures(places, files, () => 0, [proof])).to.equal('No figure is stale.')
    expect(
      staleFigures([], files, () => 3, [proof]),
      'shown nowhere',
    ).to.equal('No figure is stale.')
  })

  it('is about files and folders that are there', () => {
    for (const { name, subject } of PROOFS) {
      expect(subject, name).not.to.deep.equal([])
      for (const path of subject) expect(existsSync(path), `${name}: ${path}`).to.equal(true)
    }
  })
})
