/** Integration (`integ`): the client's side of a bot, with a backup by criticality. */
import { z } from 'zod'
import { drillScheduleSchema } from './drill-schedule.ts'
import { choice, group } from './fields.ts'
import { httpSchema } from './integration-http.ts'
import { sipSchema } from './integration-sip.ts'
import { integrationStatusSchema } from './integration-status.ts'
import { kindOf } from './object.ts'
import { when, withRules } from './rule.ts'

const shape = group("The client's telephone system, web service, or both.", {
  criticality: choice(
    'How critical an outage of the Integration is. Standard: a backup is optional. High, Critical: a backup is required. Apart from that, it is only shown in the column CRITICALITY.',
    ['Standard', 'High', 'Critical'],
  ).default('Standard'),
  sip: sipSchema.optional(),
  http: httpSchema.optional(),
  drill: drillScheduleSchema.optional(),
})

type Spec = z.output<typeof shape>
const hasBackup = (parts: { role: string }[] | undefined) => parts?.some(({ role }) => role === 'Backup') ?? false
const backedUp = (spec: Spec, side: 'SIP' | 'HTTP') =>
  hasBackup(side === 'SIP' ? spec.sip?.trunks : spec.http?.endpoints)

const integrationSpecSchema = withRules(
  shape,
  {
    cel: 'has(self.sip) || has(self.http)',
    message:
      'an integration must have sip, http or both: add the trunks of a telephone system or the endpoints of a web service',
    holds: ({ sip, http }) => sip !== undefined || http !== undefined,
  },
  when<Spec>(
    'sip',
    "self.criticality == 'Standard' || !has(self.sip) || self.sip.trunks.exists(t, t.role == 'Backup')",
    'sip.trunks must have one with role Backup when criticality is High or Critical: add a backup trunk, or set criticality to Standard',
    (spec) => spec.criticality === 'Standard' || spec.sip === undefined || backedUp(spec, 'SIP'),
  ),
  when<Spec>(
    'http',
    "self.criticality == 'Standard' || !has(self.http) || self.http.endpoints.exists(e, e.role == 'Backup')",
    'http.endpoints must have one with role Backup when criticality is High or Critical: add a backup endpoint, or set criticality to Standard',
    (spec) => spec.criticality === 'Standard' || spec.http === undefined || backedUp(spec, 'HTTP'),
  ),
  when<Spec>(
    'drill',
    "!has(self.drill) || self.drill.rotation.all(r, r.side == 'SIP' ? has(self.sip) && self.sip.trunks.exists(t, t.role == 'Backup') : has(self.http) && self.http.endpoints.exists(e, e.role == 'Backup'))",
    'drill.rotation must name only sides that have a backup to switch to: add a backup trunk or endpoint, or take that side out of rotation',
    (spec) => spec.drill === undefined || spec.drill.rotation.every(({ side }) => backedUp(spec, side)),
  ),
)

/** The whole object. Its name is at most 40 characters: its drills are named after it. */
export const integrationSchema = kindOf({
  kind: 'Integration',
  description:
    "A client's telephone system or web service, with its backup and the drills that test it. " +
    'kubectl get integrations shows which route is in use.',
  spec: integrationSpecSchema,
  status: integrationStatusSchema,
  longestName: 40,
})

/** @public */
export type Integration = z.output<typeof integrationSchema>
/** @public */
export type IntegrationInput = z.input<typeof integrationSchema>
/** @public */
export type IntegrationSpec = z.output<typeof integrationSpecSchema>
/** @public */
export type IntegrationStatus = z.output<typeof integrationStatusSchema>
