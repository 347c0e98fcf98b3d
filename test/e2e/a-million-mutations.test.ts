import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { promisify } from 'node:util'

const EACH = 500_000

describe('what strangers send', () => {
  it('a million mutated SIP messages, session descriptions and media packets: no crash, no stall over 20 ms', async () => {
    await promisify(execFile)('node', ['test/fuzz/main.ts', '--messages', String(EACH)])
    for (const name of ['sip', 'media']) {
      const { messages, slowestMs } = JSON.parse(readFileSync(`out/fuzz-${name}.json`, 'utf8'))
      expect(messages).to.equal(EACH)
      expect(slowestMs).to.be.below(20)
    }
  }).timeout(900_000)
})
