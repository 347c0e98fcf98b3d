import { expect } from 'chai'
import { globSync, readFileSync } from 'node:fs'
import { openApiOf, type JsonSchema } from '../../../src/api/crd.ts'
import { KIND_PARTS } from '../../../src/api/printer-columns.ts'

const namesIn = (node: JsonSchema): string[] =>
  node.items
    ? namesIn(node.items)
    : Object.entries(node.properties ?? {}).flatMap(([name, field]) => [name, ...namesIn(field)])

/** Whatever the operator may take for a status: what it decides, and what it copies whole from a run or from another program. */
const written = globSync('src/{operator,rules,seal}/**/*.ts')
  .map((file) => readFileSync(file, 'utf8').replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, ''))
  .join('\n')

describe('every field of a status', () => {
  for (const { descriptor, schema } of KIND_PARTS)
    it(`of a ${descriptor.kind} is named by code that writes one`, () => {
      const names = [...new Set(namesIn(openApiOf(schema).properties!['status']!))]
      expect(names.length).to.be.greaterThan(5)
      expect(names.filter((name) => !new RegExp(`\\b${name}\\b`).test(written))).to.deep.equal([])
    })
})
