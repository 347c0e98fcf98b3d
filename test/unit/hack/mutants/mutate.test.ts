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
    const sizes = { 'test/unit/a/far.test.ts': 9, 'test/unit/a/few.test.ts': 2, 'test/unit/a/b.test.ts': 5 }
    const filled = Object.entries(sizes).map(
      ([test, size]) => [test, new Set(['src/a/b.ts', ...Array.from({ length: size }, (_, at) => `${at}`)])] as const,
    )
    expect(testsOf('src/a/b.ts', new Map(filled)), 'its own before all').to.deep.equal([
      'test/unit/a/b.test.ts',
      'test/unit/a/few.test.ts',
      'test/unit/a/far.test.ts',
    ])
  })

  it('stays in the sample while its line does, whatever is written before it', () => {
    const lines = Array.from({ length: 100 }, (_, index) => `const is${index} = a < ${index}`)
    const sampled = (source: string) => {
      const codeOf = ({ line }: { line: number }) => source.split('\n')[line - 1]!
      return sampleOf(mutantsOf('a.ts', source), codeOf, 20).map(codeOf).sort()
    }
    const before = sampled(lines.join('\n'))
    expect(before).to.have.length(20)
    expect(sampled(['// A comment', ...lines].join('\n'))).to.deep.equal(before)
    const withOther = sampled(['other = b && c', ...lines].join('\n'))
    expect(
      before.filter((line) => !withOther.includes(line)).length,
      'one more takes the place of one at most',
    ).to.be.at.most(1)
    expect(sampled(lines.slice(0, 10).join('\n')), 'all, where there are fewer').to.have.length(10)
  })

  it('is another one on a line that is written twice', () => {
    const source = 'a = b < c\na = b < c'
    expect(
      sampleOf(mutantsOf('a.ts', source), () => 'a = b < c', 2)
        .map(({ line }) => line)
        .sort(),
    ).to.deep.equal([1, 2])
  })
})
