import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { mayTryAgain, planOf, stageIn, SUITES, type Stage } from '../../../../hack/tests/plan.ts'

const JUDGE = 'test/e2e/rights-granted-are-rights-used.test.ts'

describe('the plan of make test', () => {
  const files = SUITES.flatMap((suite) => globSync(`test/${suite}/**/*.test.ts`))
  const plan = planOf(files, (file) => stageIn(readFileSync(file, 'utf8')))

  it('plays each file of the tests once', () => {
    const everything = globSync('test/**/*.test.ts').sort()
    const { first, neighbours, zones, beside, alone } = plan
    expect([...[...first, ...neighbours, ...zones, ...beside].flat(), ...alone].sort()).to.deep.equal(everything)
  })

  it('plays what breaks the three zones where there are zones, and what brings its own elsewhere', () => {
    const { neighbours, zones, beside } = plan
    expect([...neighbours, ...zones].flat().filter((file) => !file.startsWith('test/e2e/'))).to.deep.equal([])
    expect(beside.flat().filter((file) => file.startsWith('test/e2e/'))).to.deep.equal([
      'test/e2e/operator-dies-at-every-write.test.ts',
    ])
  })

  it('plays two files in one cluster only if neither can break it: no fault, and no values of its own', () => {
    const breaks = /cluster[/]faults[.]ts|\b(un)?installChart\b|zones[.]operatorServes\b/
    const neighbours = plan.neighbours.flat()
    expect(neighbours.length).to.be.greaterThan(8)
    expect(neighbours.filter((file) => breaks.test(readFileSync(file, 'utf8')))).to.deep.equal([])
  })

  it('plays the tests of the local cluster one after the other: all of them use one instance', () => {
    const clusters = plan.beside.filter((group) => group.some((file) => file.includes('local-cluster/')))
    expect(clusters).to.have.lengthOf(1)
    expect(clusters[0]!.filter((file) => !file.includes('local-cluster/'))).to.deep.equal([])
  })

  it('begins with what is quick and tells most', () => {
    expect(plan.first[0]![0]).to.match(/^test\/unit\//)
    expect(plan.beside.flat().filter((file) => /^test\/(unit|golden)\//.test(file))).to.deep.equal([])
  })

  it('ends with the judge of what all others did', () => {
    expect(plan.alone.at(-1)).to.equal(JUDGE)
  })

  it('names no file that is gone', () => {
    expect(plan.alone.filter((file) => !files.includes(file))).to.deep.equal([])
    expect(planOf([JUDGE], () => ({})).alone).to.deep.equal([JUDGE])
  })

  it('keeps those together that share a stage, and begins with the largest group', () => {
    const silent = ['test/e2e/a.test.ts', 'test/e2e/c.test.ts']
    const talking = ['test/e2e/b.test.ts', 'test/e2e/d.test.ts']
    const stageOf = (file: string): Stage => (talking.includes(file) ? { name: 'speech' } : {})
    expect(planOf([...silent, ...talking], stageOf).zones).to.deep.equal([talking, ...silent.map((file) => [file])])
  })

  it('learns from a file which stage it needs, and whether it shares its cluster', () => {
    expect(stageIn('await zones.operatorServes()')).to.deep.equal({ name: undefined, isShared: false })
    expect(stageIn('await zones.sharedOperatorServes()')).to.deep.equal({ name: undefined, isShared: true })
    expect(stageIn('useDrillStage()')).to.deep.equal({ name: 'useDrillStage', isShared: false })
  })
})

describe('a second try', () => {
  it('is given to what failed on a real cluster', () => {
    const failed = ['test/integration/kube/leader.test.ts', JUDGE]
    expect(mayTryAgain(failed)).to.deep.equal(failed)
  })

  it('is given to no other test', () => {
    const failed = ['unit/house', 'golden/chart/values', 'contrast/dot-i'].map((name) => `test/${name}.test.ts`)
    expect(mayTryAgain(failed)).to.deep.equal([])
  })

  it('is not given when so much failed that it was no chance', () => {
    expect(mayTryAgain(Array.from({ length: 16 }, (_, index) => `test/e2e/${index}.test.ts`))).to.deep.equal([])
  })
})
