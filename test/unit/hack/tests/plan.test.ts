import { expect } from 'chai'
import { existsSync, globSync, readFileSync } from 'node:fs'
import { declarationOf, type Declaration, type Tier } from '../../../../hack/tests/declaration.ts'
import { isOfTest, mayTryAgain, planOf, secondsOf } from '../../../../hack/tests/plan.ts'

const JUDGE = 'test/e2e/rights-granted-are-rights-used.test.ts'
/** What the lanes may take, by what files declare. Minutes. */
const MOST_MINUTES = 20.5
const MOST_IN_QUARANTINE = 4

const read = (file: string) => readFileSync(file, 'utf8')
const declared = (file: string) => declarationOf(file, read(file))
const files = globSync('test/**/*.test.ts').sort()
const ofTest = files.filter((file) => isOfTest(declared(file)))
const proofs = files.filter((file) => !ofTest.includes(file))
const everythingIn = (plan: ReturnType<typeof planOf>) => {
  const { first, neighbours, zones, beside, alone } = plan
  return [...[...first, ...neighbours, ...zones, ...beside].flat(), ...alone]
}

describe('the plan of make test', () => {
  const plan = planOf(ofTest, { declared })

  it('plays each file of the tests once, and no proof', () => {
    expect(everythingIn(plan).sort()).to.deep.equal(ofTest)
    expect(proofs.length).to.be.greaterThan(40)
  })

  it('takes less time than it may, by what the files declare', () => {
    expect(secondsOf(plan, (file) => declared(file).seconds) / 60).to.be.below(MOST_MINUTES)
  })

  it('has no more files in quarantine than somebody can look after', () => {
    expect(ofTest.filter((file) => declared(file).quarantine !== undefined).length).to.be.at.most(MOST_IN_QUARANTINE)
  })

  it('calls from outside through edges, on three zones, to a bot and to a person, each time', () => {
    const checks = ofTest.filter((file) => declared(file).tier === 'check')
    expect(checks).to.include.members(
      ['a-person-is-understood', 'calls-go-on-without-an-edge-or-the-api-server', 'drill-rings-no-agent'].map(
        (name) => `test/e2e/${name}.test.ts`,
      ),
    )
  })
})

describe('the plan of all proofs', () => {
  const plan = planOf(proofs, { declared })

  it('plays each of them once', () => {
    expect(everythingIn(plan).sort()).to.deep.equal(proofs)
  })

  it('plays what breaks the three zones where there are zones, and what brings its own elsewhere', () => {
    const { neighbours, zones, beside } = plan
    expect([...neighbours, ...zones].flat().filter((file) => !file.startsWith('test/e2e/'))).to.deep.equal([])
    expect(beside.flat().filter((file) => file.startsWith('test/e2e/'))).to.deep.equal([
      'test/e2e/operator-dies-at-every-write.test.ts',
      'test/e2e/a-destroyed-key-opens-no-backup.test.ts',
    ])
  })

  it('plays the tests of the local cluster one after the other: all of them use one instance', () => {
    const clusters = plan.beside.filter((group) => group.some((file) => file.includes('local-cluster/')))
    expect(clusters).to.have.lengthOf(1)
    expect(clusters[0]!.filter((file) => !file.includes('local-cluster/'))).to.deep.equal([])
  })

  it('ends with the judge of what all others did', () => {
    expect(plan.alone.at(-1)).to.equal(JUDGE)
  })
})

describe('a plan', () => {
  const plans = [planOf(ofTest, { declared }), planOf(proofs, { declared })]

  it('plays two files in one cluster only if neither can break it: no fault, and no values of its own', () => {
    const breaks = /cluster[/]faults[.]ts|\b(un)?installChart\b|zones[.]operatorServes\b/
    const neighbours = plans.flatMap((plan) => plan.neighbours.flat())
    expect(neighbours.length).to.be.greaterThan(8)
    expect(neighbours.filter((file) => breaks.test(read(file)))).to.deep.equal([])
  })

  it('keeps those together that share a stage', () => {
    const of = (path: string): Declaration => declarationOf(path, path.includes('talk') ? '// @stage speech\n' : '')
    const paths = ['a', 'b-talks', 'c', 'd-talks'].map((name) => `test/e2e/${name}.test.ts`)
    expect(planOf(paths, { declared: of }).zones).to.deep.equal([[paths[1], paths[3]], [paths[0]], [paths[2]]])
  })

  it('begins with what failed last, then with what takes longest', () => {
    const paths = ['a', 'b', 'c'].map((name) => `test/e2e/${name}.test.ts`)
    const of = (path: string) => declarationOf(path, '')
    const took: Record<string, number> = { [paths[0]!]: 5, [paths[1]!]: 60, [paths[2]!]: 30 }
    const { zones } = planOf(paths, { declared: of, tookLast: (file) => took[file], failedLast: [paths[0]!] })
    expect(zones).to.deep.equal([[paths[0]], [paths[1]], [paths[2]]])
  })

  it('makes groups that end within about a minute', () => {
    const paths = Array.from({ length: 9 }, (_, index) => `test/integration/x/${index}.test.ts`)
    const of = (path: string) => declarationOf(path, '// @seconds 25\n')
    expect(planOf(paths, { declared: of }).beside.map((group) => group.length)).to.deep.equal([2, 2, 2, 2, 1])
  })
})

describe('what the test files declare', () => {
  const HELPERS = { data: 'useDataStage', speech: 'talkingValues', drill: 'useDrillStage' } as const

  it('names for each proof what it depends on, and a guard that make test plays', () => {
    expect(proofs.filter((file) => declared(file).guards.length === 0)).to.deep.equal([])
    const ofCluster = (file: string) => file.startsWith('test/integration/local-cluster/')
    expect(proofs.filter((file) => declared(file).programs.length === 0 && !ofCluster(file))).to.deep.equal([])
    const guards = files.flatMap((file) => declared(file).guards)
    expect(guards.filter((guard) => !existsSync(guard) || !isOfTest(declared(guard)))).to.deep.equal([])
  })

  it('names the stage that a file sets up', () => {
    const inZones = files.filter((file) => file.startsWith('test/e2e/'))
    const stageIn = (file: string) =>
      Object.entries(HELPERS).find(([, helper]) => read(file).includes(helper))?.[0] ?? declared(file).stage
    expect(inZones.filter((file) => declared(file).stage !== stageIn(file))).to.deep.equal([])
  })
})

describe('a second try', () => {
  const tierOf = (file: string): Tier => (file.includes('unit') ? 'unit' : file.includes('e2e') ? 'check' : 'component')

  it('is given to what failed on real programs', () => {
    const failed = ['test/integration/kube/leader.test.ts', 'test/e2e/a-person-is-understood.test.ts']
    expect(mayTryAgain(failed, tierOf)).to.deep.equal(failed)
  })

  it('is given to no other test', () => {
    expect(mayTryAgain(['test/unit/house.test.ts'], tierOf)).to.deep.equal([])
    expect(mayTryAgain([JUDGE], () => 'proof')).to.deep.equal([])
  })

  it('is not given when so much failed that it was no chance', () => {
    const failed = Array.from({ length: 7 }, (_, index) => `test/e2e/${index}.test.ts`)
    expect(mayTryAgain(failed, tierOf)).to.deep.equal([])
  })
})
