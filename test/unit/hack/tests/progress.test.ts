import { expect } from 'chai'
import { createProgress } from '../../../../hack/tests/progress.ts'

describe('the progress of a run', () => {
  it('is what is played, what is left and an estimate', () => {
    const files = ['a', 'b', 'c', 'd', 'e'].map((name) => `test/e2e/${name}.test.ts`)
    const progress = createProgress(files, () => 60, 2)
    expect(progress.begins(files.slice(0, 4))).to.equal('e2e/a, e2e/b, 2 more; 5 of 5 files left, about 3 min')
    progress.ended(files.slice(0, 4))
    expect(progress.begins(files.slice(4))).to.equal('e2e/e; 1 of 5 files left, about 1 min')
  })
})
