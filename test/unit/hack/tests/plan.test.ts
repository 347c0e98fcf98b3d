import { expect } from 'chai'
import { globSync } from 'node:fs'
import { mayTryAgain, planOf, SUITES } from '../../../../hack/tests/plan.ts'

const JUDGE = 'test/e2e/rights-granted-are-rights-used.test.ts'

describe('the plan of make test', () => {
  const files = SUITES.flatMap((suite) => globSync(`test/${suite}/**/*.test.ts`))
  const plan = planOf(files, () => undefined)

  it('plays each file of the tests once', () => {
    const everything = globSync('test/**/*.test.ts').sort()
    const { first, zones, beside, alone } = plan
    expect([...first, ...zones.flat(), ...beside.flat(), ...alone].sort()).to.deep.equal(everything)
  })

  it('plays what breaks the three zones where there are zones, and what brings its own elsewhere', () => {
    const { zones, beside } = plan
    expect(zones.flat().filter((file) => !file.startsWith('test/e2e/'))).to.deep.equal([])
    expect(beside.flat().filter((file) => file.startsWith('test/e2e/'))).to.deep.equal([
      'test/e2e/operator-dies-at-every-write.test.ts',
    ])
  })

  it('plays the tests of the local cluster one after the other: all of them use one instance', () => {
    const clusters = plan.beside.filter((group) => group.some((file) => file.includes('local-cluster/')))
    expect(clusters).to.have.lengthOf(1)
    expect(clusters[0]!.filter((file) => !file.includes('local-cluster/'))).to.deep.equal([])
  })

  it('begins with what is quick and tells most', () => {
    expect(plan.first[0]).to.match(/^test\/unit\//)
    expect(plan.beside.flat().filter((file) => /^test\/(unit|golden)\//.test(file))).to.deep.equal([])
  })

  it('ends with the judge of what all others did', () => {
    expect(plan.alone.at(-1)).to.equal(JUDGE)
  })

  it('names no file that is gone', () => {
    expect(plan.alone.filter((file) => !files.includes(file))).to.deep.equal([])
    expect(planOf([JUDGE], () => undefined).alone).to.deep.equal([JUDGE])
  })

  it('keeps those together that share a stage, and begins with the largest group', () => {
    const silent = ['test/e2e/a.test.ts', 'test/e2e/c.test.ts']
    const talking = ['test/e2e/b.test.ts', 'test/e2e/d.test.ts']
    const stageOf = (file: string) => (talking.includes(file) ? 'speech' : undefined)
    expect(planOf([...silent, ...talking], stageOf).zones).to.deep.equal([talking, ...silent.map((file) => [file])])
  })
})

describe('a second try', () => {
  it('is given to what failed on a real cluster', () => {
    const failed = ['test/cluster/kube/leader.test.ts', JUDGE]
    expect(mayTryAgain(failed)).to.deep.equal(failed)
  })

  it('is given to no other test', () => {
    const failed = ['unit/house', 'golden/chart/values', 'contrast/dot-i'].map((name) => `test/${name}.test.ts`)
    expect(mayTryAgain(failed)).to.deep.equal([])
  })

  it('is not given when so much failed that it was no chance', () => {
    expect(mayTryAgain(Array.from({ length: 7 }, (_, index) => `test/e2e/${index}.test.ts`))).to.deep.equal([])
  })
})
