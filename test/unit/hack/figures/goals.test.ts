import { expect } from 'chai'
import { missedGoals, unpublished } from '../../../../hack/figures/goals.ts'
import { merge } from '../../../../hack/figures/keep.ts'
import { withFigures, withoutGenerated } from '../../../../hack/figures/pages.ts'
import { byPromise, define } from '../../../../hack/figures/proof.ts'
import { machine, type Evidence } from '../../../../hack/evidence.ts'

const proof = define<{ ms: number }>({
  ...{ name: 'deaf', section: 'fault', ...byPromise('deaf') },
  figures: { late: { what: 'late', unit: 'ms', most: 100, of: ({ ms }) => ms } },
})
const filesOf = (...all: number[]) => {
  const runs = all.map((ms, index): Evidence & { ms: number } => ({
    ...{ name: 'deaf', at: `2026-01-0${index + 1}T00:00:00.000Z`, form: 'whole', ms, machine: machine() },
    commit: { id: 'a'.repeat(40), isClean: true },
  }))
  return new Map([['deaf', merge(undefined, proof, runs)]])
}

describe('the goals that are not reached', () => {
  it('are those that one round missed, with what was measured, the goal, the commit and the processor', () => {
    expect(missedGoals(filesOf(80, 120, 90), [proof])).to.equal(
      `- \`deaf\`, late: 90 ms (80 to 120); goal: at most 100 ms: **missed**. 3 rounds, \`aaaaaaa\`, 2026-01-01 to 2026-01-03, on ${machine().cpu}.`,
    )
    expect(missedGoals(filesOf(80, 100), [proof])).to.equal('No figure in `docs/evidence` misses its goal.')
  })
})

describe('the goals that another processor misses', () => {
  it('are listed, too', () => {
    const run = (cpu: string, ms: number, day: number): Evidence & { ms: number } => ({
      ...{ name: 'deaf', at: `2026-01-0${day}T00:00:00.000Z`, form: 'whole', ms, machine: { ...machine(), cpu } },
      commit: { id: 'a'.repeat(40), isClean: true },
    })
    const runs = [run('Y', 120, 1), ...[2, 3, 4].map((day) => run('X', 80, day))]
    const missed = missedGoals(new Map([['deaf', merge(undefined, proof, runs)]]), [proof])
    expect(missed).to.match(/^- `deaf`, late: 120 ms .*, on Y[.]$/)
  })
})

describe('what nobody has measured', () => {
  it('is listed by the commands that measure it', () => {
    const bench = { ...proof, name: 'bench', command: 'make bench' }
    expect(unpublished(new Map(), [bench, proof, proof])).to.equal(
      'Not published, since `docs/evidence` has fewer than three rounds: `make bench`, and `make e2e PROMISE=NAME` for `deaf`.',
    )
    expect(unpublished(filesOf(1), [proof])).to.equal(
      'Every figure that the project defines has three rounds in `docs/evidence`.',
    )
  })

  it('is written into the page, as the missed goals are', () => {
    const page =
      'a\n<!-- figures: missed -->\nx\n<!-- figures: end -->\nb\n<!-- figures: unmeasured -->\nx\n<!-- figures: end -->\n'
    const now = withFigures(page, new Map(), [proof])
    expect(now).to.include('No figure in `docs/evidence` misses').and.include('for `deaf`').and.not.include('x\n')
    expect(withoutGenerated(now))
      .to.match(/^a\n+b\n+$/)
      .and.have.lengthOf(2 + now.split('\n').length - 1)
  })
})
