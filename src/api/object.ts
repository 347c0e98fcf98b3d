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
/** As many as a status may have; the API server refuses all of it beyond. */
export const MOST_CONDITIONS = 32

const conditionSchema = group('One observation about the object.', {
  type: text('Type of the condition, such as Ready. Each type occurs at most once.', 316),
  status: z.enum(['True', 'False', 'Unknown']).describe('True, False, or Unknown.'),
  observedGeneration: integer(
    'The metadata.generation that the condition was set for. If it is lower than that of the object, the last change was not processed yet.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
  lastTransitionTime: instant('Time at which status last changed.'),
  reason: text('Reason as one word, for programs. The reference lists all reasons and what to do about each.', 1024),
  message: z.string().max(32768).describe('Message for people, with the fix if there is one.'),
})

/** @public */
export type Condition = z.output<typeof conditionSchema>

/** The two fields that begin every status. */
export const observed = {
  observedGeneration: integer(
    'The metadata.generation that this status was set for. If it is lower than that of the object, the last change was not processed yet.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
  conditions: listBy(
    'type',
    'The conditions of the object. Ready (Succeeded for a drill) is the summary of the others; each False one names the fix.',
    conditionSchema,
    { max: MOST_CONDITIONS },
  ).optional(),
}

interface Parts<Spec extends z.ZodType, Status extends z.ZodType> {
  kind: string
  description: string
  spec: Spec
  status: Status
  /** The longest name that leaves room for what the operator derives from it. */
  longestName: number
  /** Names that would meet those of something else that the operator makes, or of what the chart installs. */
  takenNames?: readonly string[]
}

/** The whole object of a kind, as a user writes it and the API server keeps it. */
export function kindOf<Spec extends z.ZodType, Status extends z.ZodType>(parts: Parts<Spec, Status>) {
  const { longestName: longest, takenNames: taken } = parts
  const shape = z
    .strictObject({
      apiVersion: z.literal(API_VERSION).describe(`Always ${API_VERSION}.`),
      kind: z.literal(parts.kind).describe(`Always ${parts.kind}.`),
      metadata,
      spec: parts.spec,
      status: parts.status.optional(),
    })
    .describe(parts.description)
  // eslint-disable-next-line no-restricted-syntax -- anchored, with one limited repetition; of 253 characters
  const isName = new RegExp(`^[a-z]([-a-z0-9]{0,${longest - 2}}[a-z0-9])?$`)
  const named = {
    cel: `self.metadata.name.matches(r'${isName.source}')`,
    message:
      `metadata.name must be 1 to ${longest} lower-case letters, digits and "-", begin with a letter and end with a ` +
      'letter or digit: other names are made from it',
    path: ['metadata', 'name'],
    holds: ({ metadata: { name } }: z.output<typeof shape>) => name === undefined || isName.test(name),
  }
  if (taken === undefined) return withRules(shape, named)
  return withRules(shape, named, {
    cel: `!(self.metadata.name in [${taken.map((name) => `'${name}'`).join(', ')}])`,
    message: `metadata.name must not be one of ${taken.join(', ')}, which are names of parts of the installation: choose another`,
    path: ['metadata', 'name'],
    holds: ({ metadata: { name } }) => name === undefined || !taken.includes(name),
  })
}
