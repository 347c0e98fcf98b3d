/** The four CustomResourceDefinitions with their columns. A column answers a person's question. */
import { callbotSchema } from './callbot.ts'
import { type Column, crdOf, type CrdParts } from './crd.ts'
import { CALLBOTS } from './kinds.ts'

const condition = (type: string, field: string) => `.status.conditions[?(@.type=="${type}")].${field}`
const column = (name: string, jsonPath: string, description: string, more: Partial<Column> = {}): Column => ({
  name,
  type: 'string',
  description,
  jsonPath,
  ...more,
})

/** The last columns of each list; reason and message with `-o wide` only. */
const tail = (summary = 'Ready') => [
  column('AGE', '.metadata.creationTimestamp', 'How long the object has existed.', { type: 'date' }),
  column('REASON', condition(summary, 'reason'), `Why ${summary} is what it is, in one word.`, { priority: 1 }),
  column('MESSAGE', condition(summary, 'message'), 'The same as a sentence, with the cure.', { priority: 1 }),
]

const callbots: CrdParts = {
  descriptor: CALLBOTS,
  singular: 'callbot',
  shortNames: ['bot'],
  schema: callbotSchema,
  columns: [
    column('READY', '.status.ready', 'Pods that take calls, of those that should.'),
    column('ZONES', '.status.zonesReady', 'Healthy zones, of those that should be.'),
    column('CALLS', '.status.calls', 'Live calls.', { type: 'integer' }),
    column('FALLBACK', '.status.fallback', 'State of the emergency number.'),
    column('ROUTES', '.status.routes', 'Edges that run the newest routes, of those there are.'),
    column('LAST-DRILL', '.status.lastDrillText', 'Verdict of the newest finished drill.'),
    ...tail(),
  ],
  scale: {
    specReplicasPath: '.spec.capacity.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
}

export const KIND_PARTS: readonly CrdParts[] = [callbots]

export const allCrds = () => KIND_PARTS.map(crdOf)
