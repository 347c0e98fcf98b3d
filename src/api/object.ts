/** What every kind has around its spec and status. */
import { z } from 'zod'
import { group, instant, integer, listBy, text } from './fields.ts'
import { API_VERSION } from './kinds.ts'
import { withRules } from './rule.ts'

/** The part of Kubernetes' ObjectMeta that this project reads; the rest passes untouched. */
const metadata = z.looseObject({
  name: z.string().optional(),
  generateName: z.string().optional(),
  namespace: z.string().optional(),
  uid: z.string().optional(),
  resourceVersion: z.string().optional(),
  generation: z.int().optional(),
  creationTimestamp: z.string().nullish(),
  deletionTimestamp: z.string().optional(),
  deletionGracePeriodSeconds: z.int().optional(),
  labels: z.record(z.string(), z.string()).optional(),
  annotations: z.record(z.string(), z.string()).optional(),
  finalizers: z.array(z.string()).optional(),
})

/** One observation about an object, as Kubernetes' metav1.Condition has it. */
const conditionSchema = group('One observation about the object.', {
  type: text('What is observed, such as Ready. Each type is there at most once.', 316),
  status: z
    .enum(['True', 'False', 'Unknown'])
    .describe('True, False, or Unknown when the operator could not find out.'),
  observedGeneration: integer(
    'The metadata.generation that the observation is about. Older than the object: the last change was not yet looked at.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
  lastTransitionTime: instant('When status last changed.'),
  reason: text('One word for programs; the reference lists all and what to do about each.', 1024),
  message: z.string().max(32768).describe('A sentence for people: what is so, and the cure where there is one.'),
})

/** @public */
export type Condition = z.output<typeof conditionSchema>

/** The two fields that begin every status. */
export const observed = {
  observedGeneration: integer(
    'The metadata.generation that this status is about. Older than the object: the last change was not yet looked at.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
  conditions: listBy(
    'type',
    'What the operator observed. Ready (for a run: Succeeded) sums up the others; each False one names the cure.',
    conditionSchema,
    { max: 16 },
  ).optional(),
}

interface Parts<Spec extends z.ZodType, Status extends z.ZodType> {
  kind: string
  description: string
  spec: Spec
  status: Status
  /** The longest name that leaves room for what the operator derives from it. */
  longestName: number
}

/** The whole object of a kind, as a user writes it and the API server keeps it. */
export function kindOf<Spec extends z.ZodType, Status extends z.ZodType>(parts: Parts<Spec, Status>) {
  const { longestName: longest } = parts
  const shape = z
    .strictObject({
      apiVersion: z.literal(API_VERSION).describe(`Always ${API_VERSION}.`),
      kind: z.literal(parts.kind).describe(`Always ${parts.kind}.`),
      metadata,
      spec: parts.spec,
      status: parts.status.optional(),
    })
    .describe(parts.description)
  const isName = new RegExp(`^[a-z]([-a-z0-9]{0,${longest - 2}}[a-z0-9])?$`)
  return withRules(shape, {
    cel: `self.metadata.name.matches(r'${isName.source}')`,
    message:
      `metadata.name must be 1 to ${longest} lower-case letters, digits and "-", begin with a letter and end with a ` +
      'letter or digit: other names are made from it',
    path: ['metadata', 'name'],
    holds: ({ metadata: { name } }) => name === undefined || isName.test(name),
  })
}
