import { expect } from 'chai'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { isNoticed, judge, patienceOn } from '../../../../hack/mutants/judge.ts'
import { mutantsOf, type Mutant } from '../../../../hack/mutants/mutate.ts'
import { reasonOf, SURVIVORS } from '../../../../hack/mutants/survivors.ts'

const SOURCE = 'export const isFew = (count: number): boolean => count < 3\n'
const testOf = (title: string, claim: string) =>
  `import { isFew } from './few.ts'\ndescribe('${title}', () => it('x', () => { if (!(${claim})) throw new Error('no') }))\n`

describe('a mutant', function () {
  this.timeout(60_000)
  let folder = ''
  const file = 'few.ts'
  const [mutant] = mutantsOf(file, SOURCE) as [Mutant]
  const at = (name: string) => join(folder, name)

  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-judge-'))
    writeFileSync(at('package.json'), '{ "type": "module" }')
    writeFileSync(at(file), SOURCE)
    writeFileSync(at('exact.test.ts'), testOf('exact', 'isFew(2) && !isFew(3)'))
    writeFileSync(at('loose.test.ts'), testOf('loose', 'isFew(1)'))
    writeFileSync(at('broken.test.ts'), testOf('broken', 'isFew(9)'))
    writeFileSync(at('stuck.test.ts'), `process.on('SIGTERM', () => {})\nit('x', () => { for (;;) {} })\n`)
  })
  after(() => rmSync(folder, { recursive: true }))

  it('is killed by a test that fails for it, is alive where none does, and has no test where none reaches it', async () => {
    expect(await judge(folder, mutant, ['loose.test.ts', 'exact.test.ts'], 30_000)).to.include({
      fate: 'killed',
      by: 'exact',
    })
    expect(await judge(folder, mutant, ['loose.test.ts'], 30_000)).to.include({ fate: 'alive' })
    expect(await judge(folder, mutant, [], 30_000)).to.include({ fate: 'no test' })
    expect(readFileSync(at(file), 'utf8'), 'the code is as it was').to.equal(SOURCE)
  })

  it('that keeps tests from ending hangs, and is counted as such', async () => {
    const outcome = await judge(folder, mutant, ['stuck.test.ts'], 3_000)
    expect(outcome).to.include({ fate: 'hangs' })
    expect(isNoticed(outcome)).to.equal(true)
  })

  it('is not judged where a test fails on the unchanged code: that test would kill all', async () => {
    let refusal = ''
    await patienceOn(folder, ['exact.test.ts', 'broken.test.ts']).catch((error: Error) => (refusal = error.message))
    expect(refusal).to.equal('tests fail on the unchanged code, so no mutant can be judged: repair "broken" first')
    writeFileSync(at('absent.test.ts'), `import './nothing.ts'\n`)
    await patienceOn(folder, ['exact.test.ts', 'absent.test.ts']).catch((error: Error) => (refusal = error.message))
    expect(refusal).to.match(/repair ".*nothing[.]ts/)
    const patience = await patienceOn(folder, ['exact.test.ts'])
    expect(patience).to.be.at.least(120_000)
    expect(Number.isInteger(patience), 'as a timer wants it').to.equal(true)
  })
})

describe('a mutant that survives', () => {
  const known = { file: 'src/a.ts', what: '< becomes <=', code: 'a < b', why: 'equal is impossible' }

  it('may do so for a reason that names its line of code', () => {
    expect(reasonOf({ ...known }, [known])).to.equal('equal is impossible')
    expect(reasonOf({ ...known, code: 'a < c' }, [known])).to.equal(undefined)
  })

  it('has a reason only as long as its line is there', () => {
    for (const { file, code } of SURVIVORS)
      expect(
        readFileSync(file, 'utf8')
          .split('\n')
          .map((line) => line.trim()),
        file,
      ).to.include(code)
  })
})
