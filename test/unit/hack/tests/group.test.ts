import { expect } from 'chai'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { runGroup } from '../../../../hack/tests/group.ts'

describe('a group of test files', function () {
  this.timeout(60_000)
  let folder: string
  before(() => (folder = mkdtempSync(join(tmpdir(), 'callbot-group-'))))
  after(() => rmSync(folder, { recursive: true }))
  const file = (name: string, body: string) => {
    const path = join(folder, `${name}.test.mjs`)
    writeFileSync(path, `describe('${name}', () => it('works', ${body}))\n`)
    return relative(process.cwd(), path)
  }

  it('keeps what was played before the run came to its end, and says of each other file why it was not', async () => {
    const stop = new AbortController()
    const began = join(folder, 'began')
    const endless = `async function () { this.timeout(0); (await import('node:fs')).writeFileSync('${began}', ''); await new Promise(() => {}) }`
    const files = [file('quick', '() => {}'), file('slow', endless)]
    const timer = setInterval(() => existsSync(began) && stop.abort('the time limit of the run had come'), 50)
    const results = await runGroup(files, { name: 'lane', signal: stop.signal })
    clearInterval(timer)
    expect(results[files[0]!]).to.include({ passed: 1 })
    expect(results[files[1]!]!.failures).to.deep.equal([
      { title: 'the file', message: 'the time limit of the run had come' },
    ])
  })

  it('that ends before its tests counts none of them as passed', async () => {
    const results = await runGroup([file('ending', '() => process.exit(3)')], { name: 'lane' })
    expect(Object.values(results)[0]!.failures[0]!.message).to.equal('mocha ended before its tests did: 3')
  })
})
