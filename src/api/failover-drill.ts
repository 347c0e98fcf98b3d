/** FailoverDrill (`drill`): one run that proves the backup, and its evidence. */
import { z } from 'zod'
import { rulesOfModes, runFields, scenario, side } from './drill-run.ts'
import { drillStatusSchema } from './failover-drill-status.ts'
import { choice, group, instant, localRef, partName, text } from './fields.ts'
import { kindOf } from './object.ts'
import { immutableBut, notServed, when, withRules, withTransitions } from './rule.ts'

const triggerShape = group('What started the drill.', {
  type: choice('Manual: a person created the object. Schedule: the schedule of the Integration did.', [
    'Manual',
    'Schedule',
  ]).default('Manual'),
  slot: instant('Schedule: the slot.').optional(),
  reason: notServed(
    'reason',
    text('Reason of the drill, for the evidence, such as "after the new firewall". Not the name of a person.', 300),
  ),
})

type Trigger = z.output<typeof triggerShape>

const trigger = withRules(
  triggerShape,
  when<Trigger>(
    'slot',
    "(self.type == 'Schedule') == has(self.slot)",
    'slot is needed with type Schedule and has no meaning without: leave both out for a drill by hand',
    ({ type, slot }) => (type === 'Schedule') === (slot !== undefined),
  ),
).prefault({})

const shape = group('The drill. Immutable, except for desiredState.', {
  integrationRef: localRef('The Integration that is drilled.', 'Integration'),
  side,
  scenario,
  target: notServed('target', partName('Name of the trunk or endpoint with the simulated fault. Absent: the primary.')),
  ...runFields,
  trigger,
  desiredState: choice(
    'Run: the drill runs. Abort: it ends immediately and everything is restored. Abort can not be changed back to Run.',
    ['Run', 'Abort'],
  ).default('Run'),
})

type Spec = z.output<typeof shape>

const ruled = withRules(shape, ...rulesOfModes<Spec>({ cel: "self.side == 'SIP'", holds: (run) => run.side === 'SIP' }))

const drillSpecSchema = withTransitions(
  ruled,
  ...immutableBut(shape, ['desiredState'], 'a drill is evidence: make a new FailoverDrill instead'),
  {
    cel: "!(oldSelf.desiredState == 'Abort' && self.desiredState == 'Run')",
    message: 'desiredState can not go from Abort back to Run: make a new FailoverDrill instead',
    path: ['desiredState'],
    holdsBetween: (old: Spec, now: Spec) => old.desiredState !== 'Abort' || now.desiredState !== 'Run',
  },
)

export const failoverDrillSchema = kindOf({
  kind: 'FailoverDrill',
  description:
    'One drill of an Integration: a fault of the primary is simulated, calls must reach the backup, and everything is restored. ' +
    'kubectl get failoverdrills shows the result.',
  spec: drillSpecSchema,
  status: drillStatusSchema,
  longestName: 63,
})

/** @public */
export type FailoverDrill = z.output<typeof failoverDrillSchema>
/** @public */
export type FailoverDrillInput = z.input<typeof failoverDrillSchema>
/** @public */
export type FailoverDrillSpec = z.output<typeof drillSpecSchema>
/** @public */
export type FailoverDrillStatus = z.output<typeof drillStatusSchema>
