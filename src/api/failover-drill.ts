/** FailoverDrill (`drill`): one run that proves the backup, and its evidence. */
import { z } from 'zod'
import { runFields, scenario, shareRule, side } from './drill-run.ts'
import { drillStatusSchema } from './failover-drill-status.ts'
import { choice, group, instant, labelValue, localRef, partName, setOf, text } from './fields.ts'
import { kindOf } from './object.ts'
import { immutableBut, when, withRules, withTransitions } from './rule.ts'

const triggerShape = group('Why the drill is run.', {
  type: choice('Manual: a person made the object. Schedule: a slot of the schedule of the integration did.', [
    'Manual',
    'Schedule',
  ]).default('Manual'),
  slot: instant('Schedule: the slot.').optional(),
  reason: text('Why, for the evidence, such as "after the new firewall". No name of a person.', 300).optional(),
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

const shape = group('What the drill does. It can not be changed once made, but for desiredState.', {
  integrationRef: localRef('What is drilled.', 'Integration'),
  side,
  scenario,
  target: partName('Name of the trunk or endpoint that seems to die. Absent: the primary.').optional(),
  zones: setOf('The zones whose edges see the fault. Empty: all.', labelValue('One zone.'), { max: 16 }).default([]),
  ...runFields,
  trigger,
  desiredState: choice(
    'Run: the drill runs. Abort: it ends at once and all is put back. There is no way back to Run.',
    ['Run', 'Abort'],
  ).default('Run'),
})

type Spec = z.output<typeof shape>

const drillSpecSchema = withTransitions(
  withRules(shape, shareRule),
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
    'One drill of an integration: the primary is made to look dead, calls must reach the backup, and everything is put back. ' +
    'kubectl get failoverdrills shows how it went.',
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
