import { expect } from 'chai'
import { z } from 'zod'
import { openApiOf, type JsonSchema } from '../../../src/api/crd.ts'
import { allCrds, KIND_PARTS } from '../../../src/api/printer-columns.ts'
import { withRules } from '../../../src/api/rule.ts'

interface Place {
  path: string
  node: JsonSchema
}

const nodes = (node: JsonSchema, path: string): Place[] => [
  { path, node },
  ...Object.entries(node.properties ?? {}).flatMap(([name, field]) => nodes(field, `${path}.${name}`)),
  ...(node.items ? nodes(node.items, `${path}[]`) : []),
]

const everywhere = KIND_PARTS.flatMap(({ descriptor: { kind }, schema }) =>
  nodes(openApiOf(schema), kind).filter(({ path }) => !path.includes('.metadata')),
)
const without = (isFine: (node: JsonSchema) => boolean) =>
  everywhere.filter(({ node }) => !isFine(node)).map(({ path }) => path)

/** The field that a column's path names, as far as it is plain. */
const plainPath = (jsonPath: string) =>
  jsonPath
    .replace(/\[\?.*$/, '')
    .split('.')
    .slice(1)

describe('a CRD', () => {
  it('describes every field, items of lists included', () => {
    expect(without(({ description }) => description !== undefined && description.length > 8)).to.deep.equal([])
  })

  it('ends every description like a sentence', () => {
    expect(without(({ description }) => /[.!)"]$/.test(description ?? ''))).to.deep.equal([])
  })

  it('limits every text, list and number, so that rules stay affordable', () => {
    const isText = (node: JsonSchema) => node.type === 'string' && !node.enum && node.format !== 'date-time'
    expect(without((node) => !isText(node) || node['maxLength'] !== undefined)).to.deep.equal([])
    expect(without((node) => node.type !== 'array' || node['maxItems'] !== undefined)).to.deep.equal([])
    expect(
      without((node) => node.type !== 'integer' || (node.minimum !== undefined && node.maximum !== undefined)),
    ).to.deep.equal([])
  })

  it('is structural: no pattern, no closed or mixed objects, no references', () => {
    const banned = ['pattern', 'additionalProperties', 'oneOf', 'allOf', '$ref', 'const', 'nullable']
    expect(without((node) => banned.every((name) => node[name] === undefined))).to.deep.equal([])
  })

  it('says of every list how it is merged', () => {
    expect(without((node) => node.type !== 'array' || node['x-kubernetes-list-type'] !== undefined)).to.deep.equal([])
  })

  it('says every duration in a unit that its name has', () => {
    const timed = everywhere.filter(
      ({ node, path }) => /\b(milli)?seconds\b/i.test(node.description ?? '') && node.type === 'integer' && path,
    )
    const unnamed = timed.filter(
      ({ path }) => !/(Seconds|Milliseconds|\.seconds|callsPerSecond|answerSeconds)$/.test(path),
    )
    expect(unnamed.map(({ path }) => path)).to.deep.equal([])
  })

  it('has columns for fields that exist', () => {
    for (const { columns, schema, descriptor } of KIND_PARTS) {
      for (const { jsonPath, name } of columns) {
        if (jsonPath.startsWith('.metadata')) continue
        const field = plainPath(jsonPath).reduce<JsonSchema | undefined>(
          (node, key) => node?.properties?.[key],
          openApiOf(schema),
        )
        expect(field, `${descriptor.kind} ${name} ${jsonPath}`).to.not.equal(undefined)
      }
    }
  })

  it('gives a full default wherever a whole group may be left out', () => {
    const groups = everywhere.filter(({ node }) => node.type === 'object' && node.default !== undefined)
    expect(groups.length).to.be.greaterThan(10)
    for (const { node, path } of groups) {
      const given = Object.keys(node.default as object)
      const defaulted = Object.entries(node.properties ?? {}).filter(([, field]) => field.default !== undefined)
      expect(given, path).to.include.members(defaulted.map(([name]) => name))
    }
  })

  it('belongs to the category callbots-dev, with status, and a scale for the bot', () => {
    const crds = allCrds()
    expect(crds.map(({ spec }) => spec.names.kind)).to.deep.equal([
      'Callbot',
      'Integration',
      'RetentionPolicy',
      'FailoverDrill',
    ])
    expect(crds.map(({ spec }) => spec.names.shortNames)).to.deep.equal([['bot'], ['integ'], ['retain'], ['drill']])
    for (const { spec } of crds) {
      expect(spec.names.categories).to.deep.equal(['callbots-dev'])
      expect(spec.versions[0]!.subresources.status).to.deep.equal({})
    }
    expect(crds[0]!.spec.versions[0]!.subresources).to.have.property('scale')
  })

  it('carries a rule of the schema as CEL, with the place where the fault shows', () => {
    const ruled = withRules(z.strictObject({ a: z.int(), b: z.int() }), {
      cel: 'self.a <= self.b',
      message: 'a must not exceed b: lower it',
      path: ['a'],
      holds: ({ a, b }) => a <= b,
    })
    expect(openApiOf(ruled)['x-kubernetes-validations']).to.deep.equal([
      { rule: 'self.a <= self.b', message: 'a must not exceed b: lower it', fieldPath: '.a' },
    ])
  })
})
