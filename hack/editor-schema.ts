/** CRDs -> one JSON schema (draft 7) for editors, which judges a file of any of the kinds while it is written. */
import type { JsonSchema } from '../src/api/crd.ts'
import type { allCrds } from '../src/api/printer-columns.ts'

/** A CEL rule that a pattern says as well. */
const MATCHES = /^self\.matches\(r'([^']*)'\)$/
const RULES = 'x-kubernetes-validations'

/** The schema that the kind of an object chooses. Rules between fields are the API server's alone. */
export function editorSchema(crds: ReturnType<typeof allCrds>): JsonSchema {
  const kinds = crds.map(({ spec }) => spec.names.kind)
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'callbots.dev',
    type: 'object',
    required: ['apiVersion', 'kind', 'metadata', 'spec'],
    properties: { kind: { enum: kinds } },
    allOf: crds.map(({ spec: { group, names, versions } }) => ({
      if: { required: ['kind'], properties: { kind: { enum: [names.kind] } } },
      then: objectOf(versions[0]!.schema.openAPIV3Schema, `${group}/${versions[0]!.name}`),
    })),
  }
}

function objectOf(schema: JsonSchema, apiVersion: string): JsonSchema {
  const { spec, status } = schema.properties!
  const properties = {
    apiVersion: { enum: [apiVersion] },
    kind: { type: 'string' },
    metadata: { type: 'object', required: ['name'] },
    spec: forEditors(spec!),
    ...(status && { status: { type: 'object' } }),
  }
  return { description: schema.description ?? '', type: 'object', properties, additionalProperties: false }
}

/** A field that the API server doesn't know is an error here, and so is one that is not served. */
function forEditors(node: JsonSchema): JsonSchema {
  const rules = (node[RULES] ?? []) as { rule: string; message: string }[]
  if (rules.some(({ rule }) => rule === 'false')) return { description: node.description ?? '', not: {} }
  const { properties, items, additionalProperties, anyOf, ...rest } = node
  const own = Object.entries(rest).filter(([key, value]) => !key.startsWith('x-kubernetes-') && value !== 'int32')
  const matching = rules.find(({ rule }) => MATCHES.test(rule))
  const isOpen = node['x-kubernetes-preserve-unknown-fields'] === true
  return {
    ...(Object.fromEntries(own) as JsonSchema),
    ...(matching && { pattern: MATCHES.exec(matching.rule)![1]!, patternErrorMessage: matching.message }),
    ...(properties && { properties: mapped(properties), ...(!isOpen && { additionalProperties: false }) }),
    ...(items && { items: forEditors(items) }),
    ...(node['x-kubernetes-list-type'] === 'set' && { uniqueItems: true }),
    ...(typeof additionalProperties === 'object' && { additionalProperties: forEditors(additionalProperties) }),
    ...(node['x-kubernetes-int-or-string'] === true
      ? { anyOf: [{ type: 'integer' }, { type: 'string' }] }
      : anyOf && { anyOf: anyOf.map(forEditors) }),
  }
}

const mapped = (properties: Record<string, JsonSchema>) =>
  Object.fromEntries(Object.entries(properties).map(([name, field]) => [name, forEditors(field)]))
