import { expect } from 'chai'
import type { Evidence } from '../../../../hack/evidence.ts'
import { merge, refusalOf } from '../../../../hack/figures/keep.ts'
import { withFigures } from '../../../../hack/figures/pages.ts'
import { byPromise, define, type Kept } from '../../../../hack/figures/proof.ts'
import { PROOFS } from '../../../../hack/figures/proofs.ts'
import { quoteOf, sectionOf } from '../../../../hack/figures/sections.ts'

type Run = Evidence & { ms: number; secret?: string; parts?: { share: number }[] }

const proof = define<Run>({
  name: 'deaf',
  section: 'fault',
  ...byPromise('deaf'),
  isComplete: ({ ms }) => ms > 0,
  figures: {
    late: { what: 'late', unit: 'ms', most: 100, of: ({ ms }) => ms },
    share: { what: 'share', unit: '%', digits: 2, of: ({ parts }) => parts![0]!.share },
  },
})
const xeon = { machine: { cpu: 'Xeon', cores: 2, memoryGiB: 24, kernel: '6', system: 'Debian', node: 'v26' } }
const machine = { cpu: 'X', cores: 2, memoryGiB: 24, kernel: '6', system: 'Debian', node: 'v26' }

function run(day: number, ms: number, more: Partial<Run> = {}): Run {
  const commit = { id: 'a'.repeat(40), isClean: true }
  return { name: 'deaf', at: `2026-01-0${day}T00:00:00.000Z`, form: 'whole', commit, machine, ms, ...more }
}
const of = (letter: string) => ({ commit: { id: letter.repeat(40), isClean: true } })
const section = (kept: Kept) => sectionOf('fault', new Map([['deaf', kept]]), [proof])
const lates = ({ rounds }: Kept) => rounds.map(({ figures }) => figures['late'])

describe('the figures of a proof', () => {
  it('come from runs at full length of committed code that came to their end, and from no others', () => {
    expect(refusalOf(proof, run(1, 5))).to.equal(undefined)
    expect(refusalOf(proof, run(1, 5, { form: 'custom' }))).to.equal('is of the custom form')
    const unclean = { commit: { id: 'a'.repeat(40), isClean: false } }
    expect(refusalOf(proof, run(1, 5, unclean))).to.equal('is of code that was not committed')
    expect(refusalOf(proof, run(1, 5, { commit: { id: 'unknown', isClean: false } }))).to.equal('is of no commit')
    expect(refusalOf(proof, run(1, 0))).to.equal('broke off before its end')
  })

  it('are names and numbers: nothing else of a run is kept', () => {
    const [round] = merge(undefined, proof, [run(1, 5, { secret: '/home/somebody' })]).rounds
    expect(round).to.deep.equal({
      at: '2026-01-01T00:00:00.000Z',
      commit: 'a'.repeat(40),
      machine,
      figures: { late: 5 },
    })
  })

  it('are kept once, however often the same run is read', () => {
    const once = merge(undefined, proof, [run(1, 5)])
    expect(merge(once, proof, [run(1, 5), run(2, 6)]).rounds).to.have.lengthOf(2)
  })

  it('are of the newest commit, and of those before as far as it takes to have three rounds', () => {
    const old = [run(1, 1, of('a')), run(2, 2, of('a')), run(3, 3, of('b')), run(4, 4, of('c'))]
    const kept = merge(undefined, proof, old)
    expect(lates(kept)).to.deep.equal([1, 2, 3, 4])
    expect(lates(merge(kept, proof, [run(5, 5, of('c')), run(6, 6, of('c'))]))).to.deep.equal([4, 5, 6])
  })

  it('are of one kind of machine: of the newest round where none has three, and else of the newest three', () => {
    const two = merge(undefined, proof, [run(1, 1), run(2, 2, xeon)])
    expect(lates(two)).to.deep.equal([2])
    expect(lates(merge(two, proof, [run(3, 3), run(4, 4), run(5, 5, xeon)]))).to.deep.equal([1, 3, 4])
  })

  it('of other kinds of machines are kept beside them, by the same rule', () => {
    const old = merge(
      undefined,
      proof,
      [1, 2, 3].map((day) => run(day, day, { ...xeon, ...of('a') })),
    )
    const kept = merge(
      old,
      proof,
      [4, 5, 6].map((day) => run(day, day, of('b'))),
    )
    expect(lates(kept)).to.deep.equal([4, 5, 6])
    expect(kept.elsewhere?.map(({ figures }) => figures['late'])).to.deep.equal([1, 2, 3])
    const newer = merge(
      kept,
      proof,
      [7, 8, 9].map((day) => run(day, day, { ...xeon, ...of('c') })),
    )
    expect(lates(newer)).to.deep.equal([7, 8, 9])
    expect(newer.elsewhere?.map(({ figures }) => figures['late'])).to.deep.equal([4, 5, 6])
  })

  it('go together where no machine changes them', () => {
    const counted = { ...proof, isOfAnyMachine: true }
    expect(lates(merge(undefined, counted, [run(1, 1), run(2, 2, xeon)]))).to.deep.equal([1, 2])
  })
})

describe('the table of a proof', () => {
  const three = merge(undefined, proof, [run(1, 80), run(2, 1_120), run(3, 90)])

  it('has the median, the least and the most, the number of rounds, and whether each reached the goal', () => {
    expect(section(three)).to.include(
      '| `deaf` | late | 90 ms | 80 to 1,120 | at most 100 ms: **missed** | 3 rounds | `aaaaaaa` |',
    )
  })

  it('says of what commits, when and on what it was taken', () => {
    const line =
      '- `deaf`, by `make e2e PROMISE=deaf`: 3 rounds, `aaaaaaa`, 2026-01-01 to 2026-01-03, on 2 cores of X, 24 GiB'
    expect(section(three)).to.include(line)
  })

  it('has those of another kind of machine below, with the processor and their own line', () => {
    const both = section(merge(three, proof, [run(4, 7, xeon)]))
    expect(both).to.include('| `deaf` | late | 90 ms |')
    expect(both).to.include('| `deaf` on Xeon | late | 7 ms | 7 | at most 100 ms | 1 round |')
    expect(both).to.match(/1 round, `aaaaaaa`, 2026-01-04 \(too few for a spread\), on 2 cores of Xeon/)
  })

  it('says so when there are fewer than three rounds', () => {
    const one = section(merge(undefined, proof, [run(1, 80)]))
    expect(one).to.include('| `deaf` | late | 80 ms | 80 | at most 100 ms | 1 round |')
    expect(one).to.include('1 round, `aaaaaaa`, 2026-01-01 (too few for a spread)')
  })

  it('names the proofs that have no evidence yet', () => {
    expect(sectionOf('fault', new Map(), [proof])).to.equal(
      'Not published, since `docs/evidence` has fewer than three rounds: `make e2e PROMISE=deaf`.',
    )
  })
})

describe('a text with figures', () => {
  const shelf = new Map([['deaf', merge(undefined, proof, [run(1, 80), run(2, 80), run(3, 80)])]])
  const quote = 'It took <!-- figure: deaf late -->7 ms<!-- end --> (<!-- figure: deaf taken -->by hand<!-- end -->).'

  it('quotes the median where there is evidence; where there is none it is left as it was, for `unproved` to refuse', () => {
    const now = withFigures(quote, shelf, [proof])
    expect(now).to.include(
      '-->80 ms<!-- end --> (<!-- figure: deaf taken -->3 rounds, `aaaaaaa`, 2026-01-01 to 2026-01-03<!-- end -->)',
    )
    expect(withFigures(now, shelf, [proof])).to.equal(now)
    expect(withFigures(quote, new Map(), [proof])).to.equal(quote)
  })

  it('may not quote a figure that nobody measures', () => {
    expect(() => quoteOf('deaf', 'later', shelf, [proof])).to.throw('no figure "deaf later"')
    expect(() => quoteOf('blind', 'taken', shelf, [proof])).to.throw('no proof "blind"')
  })

  it('has its tables replaced, and nothing around them', () => {
    const now = withFigures('a\n<!-- figures: fault -->\nold\n<!-- figures: end -->\nb', shelf, [proof])
    expect(now)
      .to.match(/^a\n<!-- figures: fault -->\n/)
      .and.not.include('old')
    expect(now).to.match(/\n<!-- figures: end -->\nb$/)
  })
})

describe('the proofs whose figures are generated', () => {
  it('have names of their own, and no figure without a name', () => {
    expect(new Set(PROOFS.map(({ name }) => name)).size).to.equal(PROOFS.length)
    for (const { figures } of PROOFS) for (const { what } of Object.values(figures)) expect(what).not.to.equal('')
  })
})
