import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { hostname, tmpdir } from 'node:os'
import { join } from 'node:path'
import { commitOf, runsOf, writeEvidence, type Evidence } from '../../../hack/evidence.ts'
import { formOfRun } from '../../../hack/form.ts'

const read = (file: string) => JSON.parse(readFileSync(file, 'utf8')) as Evidence & { lost: number }

describe('the evidence of a run', () => {
  let out: string
  beforeEach(() => (out = mkdtempSync(join(tmpdir(), 'callbot-evidence-'))))
  afterEach(() => rmSync(out, { recursive: true }))

  it('says of which commit, on which machine, when and in which form it was taken', () => {
    const evidence = read(writeEvidence('proof', { lost: 3 }, { form: 'whole', out }))
    expect(evidence).to.include({ name: 'proof', form: 'whole', lost: 3 })
    expect(evidence.commit.id).to.match(/^([0-9a-f]{40}|unknown)$/)
    expect(evidence.commit.isClean).to.be.a('boolean')
    expect(Date.parse(evidence.at)).to.be.closeTo(Date.now(), 60_000)
    expect(evidence.machine).to.have.all.keys('cpu', 'cores', 'memoryGiB', 'kernel', 'system', 'node')
    expect(JSON.stringify(evidence)).not.to.include(hostname())
  })

  it('has the form that PROOF says', () => {
    const said = process.env['PROOF']
    try {
      delete process.env['PROOF']
      expect(formOfRun()).to.equal('short')
      process.env['PROOF'] = 'whole'
      expect(formOfRun()).to.equal('whole')
    } finally {
      if (said === undefined) delete process.env['PROOF']
      else process.env['PROOF'] = said
    }
  })

  it('is the latest one in out/NAME.json, and stays beside older ones in out/runs', async () => {
    writeEvidence('proof', { lost: 1 }, { form: 'whole', out })
    await new Promise((resolve) => setTimeout(resolve, 5))
    const latest = writeEvidence('proof', { lost: 2 }, { form: 'whole', out })
    writeEvidence('proof-of-another', { lost: 9 }, { form: 'whole', out })
    expect(read(latest).lost).to.equal(2)
    expect(runsOf('proof', 'whole', out).map((file) => read(file).lost)).to.deep.equal([1, 2])
  })

  it('pushes out the oldest run of its own form only, and never more than that', () => {
    mkdirSync(join(out, 'runs'))
    const at = (second: number) => `2026-01-01T0000${String(second).padStart(2, '0')}.000Z`
    for (let second = 0; second < 20; second++)
      for (const form of ['short', 'whole'])
        writeFileSync(join(out, 'runs', `proof-${form}-${at(second)}.json`), JSON.stringify({ lost: second }))
    writeEvidence('proof', { lost: 99 }, { form: 'short', out })
    const lost = (form: 'short' | 'whole') => runsOf('proof', form, out).map((file) => read(file).lost)
    expect(lost('short')).to.have.lengthOf(20)
    expect([lost('short')[0], lost('short').at(-1)]).to.deep.equal([1, 99])
    expect([lost('whole')[0], lost('whole').at(-1)]).to.deep.equal([0, 19])
  })
})

describe('the commit of a run', () => {
  let folder: string
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], { cwd: folder, stdio: 'pipe' })
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-commit-'))
    git('init', '--quiet')
    writeFileSync(join(folder, 'code.ts'), '')
    git('add', '.')
    git('commit', '--quiet', '--message', 'first')
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('is clean when what ran is what it holds, whatever was written into the docs', () => {
    mkdirSync(join(folder, 'docs'))
    for (const text of ['docs/evidence.json', 'README.md']) writeFileSync(join(folder, text), 'figures')
    const { id, isClean } = commitOf(folder)
    expect(id).to.match(/^[0-9a-f]{40}$/)
    expect(isClean).to.equal(true)
  })

  it('is not clean when code differs from it, or lies beside it', () => {
    writeFileSync(join(folder, 'code.ts'), 'changed')
    expect(commitOf(folder).isClean).to.equal(false)
    git('checkout', '--', 'code.ts')
    writeFileSync(join(folder, 'more.ts'), '')
    expect(commitOf(folder).isClean).to.equal(false)
  })

  it('is unknown outside of a checkout', () => {
    rmSync(join(folder, '.git'), { recursive: true })
    expect(commitOf(folder)).to.deep.equal({ id: 'unknown', isClean: false })
  })
})
