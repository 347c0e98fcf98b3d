import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { mutantsOf, sampleOf, withMutant } from '../../../../hack/mutants/mutate.ts'
import { PROMISES } from '../../../../hack/mutants/promises.ts'
import { closureOf, testsOf } from '../../../../hack/mutants/reach.ts'

describe('a mutant', () => {
  const changed = (source: string) => mutantsOf('a.ts', source).map((mutant) => withMutant(source, mutant))

  it('is one change that runs: a comparison, a condition, a call, a filter, a truth', () => {
    expect(changed('a < b')).to.deep.equal(['a <= b'])
    expect(changed('a && !b')).to.deep.equal(['a || !b', 'a && b'])
    expect(changed('if (a) b()')).to.deep.equal(['if (false) b()', 'if (a) ;'])
    expect(changed('a ? 1 : 2')).to.deep.equal(['true ? 1 : 2'])
    expect(changed('x = list.filter(isGood)')).to.deep.equal(['x = list'])
    expect(changed('x = true')).to.deep.equal(['x = false'])
  })

  it('is not made of types, imports, texts and errors', () => {
    expect(changed("type A = B extends true ? 1 : 2; import { a } from 'b'; c = 'd' + e")).to.deep.equal([])
    expect(changed("throw new Error(a < b ? 'c' : 'd')")).to.deep.equal([])
  })

  it('that drops a promise changes one place of the code', () => {
    for (const { file, from } of PROMISES) expect(readFileSync(file, 'utf8').split(from), from).to.have.length(2)
  })

  it('is played by the tests that reach its file, the nearest first', () => {
    const closures = new Map(globSync('test/unit/lib/*.test.ts').map((test) => [test, closureOf(test)] as const))
    expect(testsOf('src/lib/nesting.ts', closures)).to.deep.equal(['test/unit/lib/nesting.test.ts'])
    expect(testsOf('src/voice/main.ts', closures)).to.deep.equal([])
  })

  it('is taken evenly from all, and the same ones each time', () => {
    const all = Array.from({ length: 100 }, (_, index) => index)
    expect(sampleOf(all, 4)).to.deep.equal([12, 37, 62, 87])
    expect(sampleOf(all, 200)).to.deep.equal(all)
  })
})
