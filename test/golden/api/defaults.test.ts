import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, stringify } from 'yaml'
import { parseObject } from '../../../src/api/parse.ts'
import { expectGolden } from '../../harness/golden.ts'

const SAMPLES = 'config/samples'
const HERE = import.meta.dirname

/** What a user leaves out is promised by these files: a changed default shows here. UPDATE_GOLDEN=1 writes them again. */
describe('a sample with its defaults filled in', () => {
  const isOurs = (name: string) => readFileSync(join(SAMPLES, name), 'utf8').includes('apiVersion: callbots.dev/')
  for (const file of readdirSync(SAMPLES).filter(isOurs)) {
    it(file, () => {
      const read = parseObject(parse(readFileSync(join(SAMPLES, file), 'utf8')))
      const filled = stringify(read, { lineWidth: 0 })
      expectGolden(join(HERE, file.replace(/^\d+-/, '')), filled)
    })
  }
})
