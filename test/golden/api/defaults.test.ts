import { expect } from 'chai'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { parseObject } from '../../../src/api/parse.ts'

const SAMPLES = 'config/samples'
const HERE = import.meta.dirname

/** What a user leaves out is promised by these files: a changed default shows here. UPDATE_GOLDEN=1 writes them anew. */
describe('a sample with its defaults filled in', () => {
  const isOurs = (name: string) => readFileSync(join(SAMPLES, name), 'utf8').includes('apiVersion: callbots.dev/')
  for (const file of readdirSync(SAMPLES).filter(isOurs)) {
    it(file, () => {
      const read = parseObject(parse(readFileSync(join(SAMPLES, file), 'utf8')))
      const filled = stringify(read, { lineWidth: 0 })
      const golden = join(HERE, file.replace(/^\d+-/, ''))
      if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(golden, filled)
      expect(filled).to.equal(readFileSync(golden, 'utf8'))
    })
  }
})
