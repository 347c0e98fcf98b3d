import { expect } from 'chai'
import { execFileSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { changesSince, pathsOfSubject } from '../../../../hack/tests/changes.ts'

describe('what a figure is about', () => {
  it('is of a program all that it imports, of a folder the folder, and of a test its programs and the chart, too', () => {
    const paths = pathsOfSubject(['src/voice/main.ts', 'bench/voice'])
    expect(paths).to.include.members(['src/voice/main.ts', 'src/wire/codec/g711.ts', 'bench/voice'])
    expect(paths).not.to.include('src/operator/main.ts')
    const test = 'test/e2e/zone-loss-costs-no-new-call.test.ts'
    expect(pathsOfSubject([test])).to.include.members([test, 'src/operator/main.ts', 'charts'])
  })
})

describe('the changes since a commit', () => {
  let folder = ''
  const who = ['-c', 'user.name=x', '-c', 'user.email=x@example.org', '-c', 'commit.gpgsign=false']
  const git = (...args: string[]) => execFileSync('git', [...who, ...args], { cwd: folder, encoding: 'utf8' }).trim()
  const change = (path: string) => {
    writeFileSync(join(folder, path), `${Math.random()}`)
    git('add', '.')
    git('commit', '--quiet', '--message', path)
  }
  before(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-changes-'))
    git('init', '--quiet')
    mkdirSync(join(folder, 'src'))
    change('src/a.ts')
  })
  after(() => rmSync(folder, { recursive: true }))

  it('are the commits that changed one of the paths, and no others', () => {
    const first = git('rev-parse', 'HEAD')
    change('README.md')
    expect(changesSince(first, ['src'], folder)).to.equal(0)
    change('src/a.ts')
    change('src/b.ts')
    expect(changesSince(first, ['src'], folder)).to.equal(2)
    expect(changesSince(first, ['src/a.ts'], folder)).to.equal(1)
  })

  it('are none where what was changed is as it was', () => {
    const first = git('rev-parse', 'HEAD')
    change('src/a.ts')
    git('revert', '--no-edit', 'HEAD')
    expect(changesSince(first, ['src'], folder)).to.equal(0)
    change('src/a.ts')
    expect(changesSince(first, ['src'], folder)).to.equal(3)
  })

  it('are unknown for a commit that is in no history here', () => {
    expect(changesSince('0'.repeat(40), ['src'], folder)).to.equal(undefined)
  })
})
