import { expect } from 'chai'
import { existsSync, readFileSync } from 'node:fs'
import { openApiOf, type JsonSchema } from '../../../src/api/crd.ts'
import { KIND_PARTS } from '../../../src/api/printer-columns.ts'
import { SHOWN } from './fields/fields-and-their-tests.ts'

interface Leaf {
  path: string
  /** It, or a group around it, is refused wherever it is given. */
  isRefused: boolean
}

/** What a client declares for its own register of processing: people read it, and nothing acts on it but validation. */
const DECLARED = [
  ...['purpose', 'legalBasis', 'sensitivity', 'specialBasis'].map((name) => `RetentionPolicy.collect[].${name}`),
  ...['name', 'reference'].map((name) => `RetentionPolicy.legalHolds[].${name}`),
]

const isRefused = (node: JsonSchema) =>
  ((node['x-kubernetes-validations'] ?? []) as { rule: string; message: string }[]).some(
    ({ rule, message }) => rule === 'false' && message.endsWith(' is not served by this version: remove it'),
  )

function leavesOf(node: JsonSchema, path: string, refusedAbove = false): Leaf[] {
  const refused = refusedAbove || isRefused(node)
  if (node.items) return leavesOf(node.items, `${path}[]`, refused)
  if (node.properties === undefined) return [{ path, isRefused: refused }]
  return Object.entries(node.properties).flatMap(([name, field]) => leavesOf(field, `${path}.${name}`, refused))
}

const leaves = KIND_PARTS.flatMap(({ descriptor: { kind }, schema }) =>
  leavesOf(openApiOf(schema).properties!['spec']!, kind),
)
const listed = SHOWN.flatMap(({ fields }) => fields)

describe('every field of every kind', () => {
  it('acts, and a test is named that shows it; or it is refused; or it is declared for people alone', () => {
    const unproved = leaves.filter(
      ({ path, isRefused: refused }) => !refused && !listed.includes(path) && !DECLARED.includes(path),
    )
    expect(leaves.length).to.be.greaterThan(250)
    expect(
      unproved.map(({ path }) => path),
      'name the test that shows what they do in fields/, or mark them with notServed()',
    ).to.deep.equal([])
  })

  it('is in the table under its own name, once, and not when it is refused', () => {
    const serving = leaves.filter((leaf) => !leaf.isRefused).map(({ path }) => path)
    expect(listed.filter((path) => !serving.includes(path))).to.deep.equal([])
    expect(listed.filter((path, index) => listed.indexOf(path) !== index)).to.deep.equal([])
  })

  for (const { file, test, fields } of SHOWN) {
    it(`${file} shows what ${fields.length === 1 ? fields[0] : `${fields.length} fields`} do: ${test}`, () => {
      expect(existsSync(file), file).to.equal(true)
      const titles = [...readFileSync(file, 'utf8').matchAll(/\b(?:it|describe)\(\s*(['"`])(.*?)(?<!\\)\1/gs)]
      expect(titles.map(([, , title]) => title!.replaceAll("\\'", "'"))).to.include(test)
    })
  }
})
