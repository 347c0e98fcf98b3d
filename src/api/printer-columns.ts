/** The four CustomResourceDefinitions with their columns. A column answers a person's question. */
import { callbotSchema } from './callbot.ts'
import { type Column, crdOf, type CrdParts } from './crd.ts'
import { failoverDrillSchema } from './failover-drill.ts'
import { integrationSchema } from './integration.ts'
import { CALLBOTS, FAILOVER_DRILLS, INTEGRATIONS, RETENTION_POLICIES } from './kinds.ts'
import { retentionPolicySchema } from './retention-policy.ts'

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
  column('AGE', '.metadata.creationTimestamp', 'Age of the object.', { type: 'date' }),
  column('REASON', condition(summary, 'reason'), `Reason of the condition ${summary}.`, { priority: 1 }),
  column('MESSAGE', condition(summary, 'message'), `Message of the condition ${summary}, with the fix.`, {
    priority: 1,
  }),
]

const callbots: CrdParts = {
  descriptor: CALLBOTS,
  singular: 'callbot',
  shortNames: ['bot'],
  schema: callbotSchema,
  columns: [
    column('READY', '.status.ready', 'Pods that take calls, out of the desired number.'),
    column('ZONES', '.status.zonesReady', 'Healthy zones, out of all zones of the bot.'),
    column('CALLS', '.status.calls', 'Live calls.', { type: 'integer' }),
    column('PLACES', '.status.places', 'Calls that its pods can carry concurrently.', { type: 'integer', priority: 1 }),
    column('FALLBACK', '.status.fallback', 'State of the emergency number.'),
    column(
      'ROUTES',
      '.status.routes',
      'Numbers of the spec that the edges are configured to route to this Callbot, out of all that it lists.',
    ),
    column(
      'PLACEMENT',
      '.status.placement',
      'Inside, or how many pods run outside of placement. Empty: there is no placement.',
    ),
    column('LAST-DRILL', '.status.lastDrillText', 'Verdict of the newest finished drill.'),
    ...tail(),
  ],
  scale: {
    specReplicasPath: '.spec.capacity.replicas',
    statusReplicasPath: '.status.replicas',
    labelSelectorPath: '.status.selector',
  },
}

const integrations: CrdParts = {
  descriptor: INTEGRATIONS,
  singular: 'integration',
  shortNames: ['integ'],
  schema: integrationSchema,
  columns: [
    column('READY', condition('Ready', 'status'), 'Whether calls and requests get through.'),
    column('CRITICALITY', '.spec.criticality', 'How critical an outage is.'),
    column('SIP-ROUTE', '.status.sipRoute', 'The trunk in use.'),
    column('HTTP-ROUTE', '.status.httpRoute', 'The endpoint in use.'),
    column('LAST-DRILL', '.status.lastDrill.finishedAt', 'How long ago the newest drill ended.', { type: 'date' }),
    column('VERDICT', '.status.lastDrill.verdict', 'Result of the newest drill.'),
    column('NEXT-DRILL', '.status.nextDrill', 'Time of the next drill.'),
    ...tail(),
  ],
}

const retentionPolicies: CrdParts = {
  descriptor: RETENTION_POLICIES,
  singular: 'retentionpolicy',
  shortNames: ['retain'],
  schema: retentionPolicySchema,
  columns: [
    column('READY', condition('Ready', 'status'), 'Whether the policy is enforced.'),
    column('MODE', '.status.mode', 'Whether any data is kept.'),
    column('OLDEST', '.status.oldest', 'Age that no call exceeds of which data is kept.', { type: 'date' }),
    column('NEXT-PURGE', '.status.nextPurge', 'When the next erasure is due.'),
    column('VIOLATIONS', '.status.violations', 'Records that are kept too long.', { type: 'integer' }),
    ...tail(),
  ],
}

const failoverDrills: CrdParts = {
  descriptor: FAILOVER_DRILLS,
  singular: 'failoverdrill',
  shortNames: ['drill'],
  schema: failoverDrillSchema,
  columns: [
    column('INTEGRATION', '.spec.integrationRef.name', 'The Integration that is drilled.'),
    column('MODE', '.spec.mode', 'Which calls are affected by the fault.'),
    column('STATE', '.status.state', 'Progress of the drill.'),
    column('VERDICT', '.status.verdict', 'Result of the drill.'),
    column('DETECT', '.status.detect', 'Time until the fault was detected.'),
    column('SWITCH', '.status.switch', 'Time until the first good call over the backup.'),
    column('RETURN', '.status.return', 'Time until the first good call over the primary again.'),
    ...tail('Succeeded'),
  ],
}

/** Order is that of the documentation. */
export const KIND_PARTS: readonly CrdParts[] = [callbots, integrations, retentionPolicies, failoverDrills]

export const allCrds = () => KIND_PARTS.map(crdOf)
