import { expect } from 'chai'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'

/** Compares with the file on disk. Only UPDATE_GOLDEN=1 writes it: one that was deleted doesn't come back by itself. */
export function expectGolden(file: string, text: string): void {
  if (process.env['UPDATE_GOLDEN'] === '1') writeFileSync(file, text)
  if (!existsSync(file)) throw new Error(`there is no ${file}: run with UPDATE_GOLDEN=1 if it is new, and read it`)
  expect(text, 'run with UPDATE_GOLDEN=1 if this is meant, and read the diff').to.equal(readFileSync(file, 'utf8'))
}
