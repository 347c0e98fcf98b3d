/**
 * zod -> CustomResourceDefinition. What a schema says, the API server enforces.
 *
 * Structural-schema rules (https://kubernetes.io/docs/tasks/extend-kubernetes/custom-resources/custom-resource-definitions/):
 * no additionalProperties beside properties, no const, nothing but value checks inside anyOf.
 */
import { z } from 'zod'
import { GROUP, type KindDescriptor, VERSION } from './kinds.ts'
import { rulesOf } from './rule.ts'

export interface Column {
  name: string
  type: 'string' | 'integer' | 'date'
  description: string
  jsonPath: string
  /** 1 shows the column with `-o wide` only. */
  priority?: number
}

export interface CrdParts {
  descriptor: KindDescriptor
  singular: string
  shortNames: string[]
  schema: z.ZodType
  columns: Column[]
  scale?: { specReplicasPath: string; statusReplicasPath: string; labelSelectorPath: string }
}

export interface JsonSchema {
  type?: string
  format?: string
  description?: string
  default?: unknown
  enum?: unknown[]
  properties?: Record<string, JsonSchema>
  additionalProperties?: JsonSchema | boolean
  items?: JsonSchema
  required?: string[]
  anyOf?: JsonSchema[]
  minimum?: number
  maximum?: number
  [key: string]: unknown
}

/** CEL rules of the schema as `x-kubernetes-validations`, in the order in which they are written. */
function validations(schema: z.core.$ZodType) {
  const { rules, transitions } = rulesOf(schema)
  return [...rules, ...transitions].map(({ cel, message, path }) => ({
    rule: cel,
    message,
    ...(path && path.length > 0 ? { fieldPath: `.${path.join('.')}` } : {}),
  }))
}

/** Makes one node structural. Runs from the inside out. */
function makeStructural(schema: z.core.$ZodTypes, node: JsonSchema) {
  const { def } = schema._zod
  delete node['pattern']
  if (node.properties) delete node.additionalProperties
  if (def.type === 'prefault' || def.type === 'default') node.default = z.parse(schema, undefined)
  if (node['x-kubernetes-int-or-string']) node.anyOf = [{ type: 'integer' }, { type: 'string' }]
  const ruled = validations(schema)
  if (ruled.length > 0) node['x-kubernetes-validations'] = ruled
}

/** The OpenAPI schema of a zod schema, as `spec.versions[].schema.openAPIV3Schema` wants it. */
export function openApiOf(schema: z.ZodType): JsonSchema {
  const json = z.toJSONSchema(schema, {
    target: 'openapi-3.0',
    io: 'input',
    reused: 'inline',
    override: ({ zodSchema, jsonSchema }) => {
      makeStructural(zodSchema, jsonSchema as JsonSchema)
    },
  }) as JsonSchema
  return json
}

/** A whole object's schema: names of the API and metadata as Kubernetes wants them. */
function objectSchema(schema: z.ZodType): JsonSchema {
  const { properties = {}, ...rest } = openApiOf(schema)
  const plain = (node: JsonSchema | undefined) => ({ description: node?.description, type: 'string' })
  return {
    ...rest,
    properties: {
      ...properties,
      apiVersion: plain(properties['apiVersion']),
      kind: plain(properties['kind']),
      // Only name and generateName may be spoken of here; the name is, so that its rule can point at it.
      metadata: { type: 'object', properties: { name: { type: 'string' } } },
    },
    required: ['spec'],
  }
}

/** The CustomResourceDefinition of a kind, as a plain object ready to be written as YAML. */
export function crdOf({ descriptor, singular, shortNames, schema, columns, scale }: CrdParts) {
  const { plural, kind } = descriptor
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${GROUP}`, labels: { 'app.kubernetes.io/part-of': 'callbot-operator' } },
    spec: {
      group: GROUP,
      names: { kind, listKind: `${kind}List`, plural, singular, shortNames, categories: ['callbots-dev'] },
      scope: 'Namespaced',
      versions: [
        {
          name: VERSION,
          served: true,
          storage: true,
          additionalPrinterColumns: columns,
          schema: { openAPIV3Schema: objectSchema(schema) },
          subresources: { status: {}, ...(scale ? { scale } : {}) },
        },
      ],
    },
  }
}
