import { expect } from 'chai'
import { budgetOf, chosen, inOrderOfNeed, shardOf, type Candidate } from '../../../../hack/tests/choose.ts'

const proof = (file: string, more: Partial<Candidate> = {}): Candidate => ({
  ...{ file, seconds: 60, at: '2026-11-20T00:00:00Z', failedLast: false, changes: 0 },
  ...more,
})
const names = (proofs: readonly Candidate[]) => proofs.map(({ file }) => file)

describe('the choice of proofs', () => {
  it('begins with what failed last, then what was never shown, what changed most, and what is oldest', () => {
    const all = [
      proof('young', { at: '2026-11-21T00:00:00Z' }),
      proof('old'),
      proof('changed', { changes: 3 }),
      proof('of-an-unknown-commit', { changes: undefined }),
      proof('never', { at: undefined, changes: undefined }),
      proof('failed', { failedLast: true }),
    ]
    expect(names(inOrderOfNeed(all))).to.deep.equal([
      ...['failed', 'never', 'of-an-unknown-commit', 'changed', 'old', 'young'],
    ])
  })

  it('begins none after the budget', () => {
    const all = ['a', 'b', 'c'].map((file) => proof(file))
    expect(names(chosen(all, { budget: 61 }))).to.deep.equal(['a', 'b'])
    expect(names(chosen(all))).to.deep.equal(['a', 'b', 'c'])
  })

  it('keeps what a change reaches, where somebody asks for it', () => {
    expect(names(chosen([proof('a', { isReached: false }), proof('b', { isReached: true })]))).to.deep.equal(['b'])
  })

  it('is divided into parts that take equally long, and each proof is in one of them', () => {
    const all = [300, 60, 60, 60, 120].map((seconds, index) => proof(`${index}`, { seconds }))
    const parts = [1, 2].map((index) => chosen(all, { shard: { index, of: 2 } }))
    expect(parts.flatMap(names).sort()).to.deep.equal(names(all))
    expect(parts.map((part) => part.reduce((sum, { seconds }) => sum + seconds, 0))).to.deep.equal([300, 300])
  })

  it('refuses a budget or a part that is none, and says what to write', () => {
    expect(budgetOf('40m')).to.equal(2_400)
    expect(() => budgetOf('40')).to.throw('BUDGET=40 is no duration: write 40m, 90s or 2h')
    expect(shardOf('2/3')).to.deep.equal({ index: 2, of: 3 })
    for (const wrong of ['4/3', '0/3', 'one']) expect(() => shardOf(wrong)).to.throw('is no part')
  })
})
