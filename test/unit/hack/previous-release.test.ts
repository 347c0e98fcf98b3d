import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checkOut } from '../../../hack/previous-release.ts'

describe('the release before this one', () => {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-release-'))
  const git = (...args: string[]) =>
    execFileSync('git', ['-c', 'user.name=t', '-c', 'user.email=t@t', ...args], {
      cwd: folder,
      encoding: 'utf8',
    }).trim()
  const commit = (text: string) => {
    writeFileSync(join(folder, 'file'), text)
    git('add', '.')
    git('commit', '-q', '-m', text)
    return git('rev-parse', 'HEAD')
  }
  before(() => git('init', '-q'))
  after(() => rmSync(folder, { recursive: true }))

  it('is checked out as its commit has it, not as the work tree is', () => {
    const before = commit('one')
    commit('two')
    const to = join(folder, 'out', 'one')
    checkOut(before, to, folder)
    expect(readFileSync(join(to, 'file'), 'utf8')).to.equal('one')
  })

  it('leaves nothing behind, and names the cure, when the clone lacks its commit', () => {
    const to = join(folder, 'out', 'lacking')
    const lacking = 'c0ffee'.repeat(7).slice(0, 40)
    expect(() => checkOut(lacking, to, folder)).to.throw(`git fetch origin ${lacking}`)
    expect(existsSync(to)).to.equal(false)
  })
})
