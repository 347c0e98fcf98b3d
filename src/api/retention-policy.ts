/** RetentionPolicy (`retain`): what may be collected and kept of a call, how long, and in what form it is handed over. */
import { z } from 'zod'
import { calendarDay } from './drill-schedule.ts'
import { choice, fieldName, group, integer, listBy, partName, setOf, text } from './fields.ts'
import { kindOf } from './object.ts'
import { deliverySchema, encryptionSchema } from './retention-delivery.ts'
import { retentionStatusSchema } from './retention-status.ts'
import { exactlyOne, notServed, when, withRules } from './rule.ts'

export const DATA_CLASSES = [
  'CallerNumber',
  'CallMetadata',
  'Transcript',
  'Recording',
  'CollectedFields',
  'Diagnostics',
] as const
const DAY = 86400
/** 3650 days. */
export const LONGEST_LIFE_SECONDS = 3650 * DAY

const dataClass = (description: string) =>
  choice(
    `${description} CallerNumber: the number of the caller. CallMetadata: time, duration and result. Transcript: the words. Recording: the audio, which this version never records. ` +
      'CollectedFields: the answers that the conversation flow collected. Diagnostics: data for troubleshooting, without words or numbers.',
    DATA_CLASSES,
  )

const ruleShape = group('How long one class of data is kept. A class without a rule is not kept at all.', {
  class: dataClass('The class of data.'),
  days: integer(
    'How long it is kept after the end of the call, in days of 24 hours. At 0 it is never written anywhere and is discarded at the end of the call.',
    0,
    3650,
  ).optional(),
  seconds: integer(
    'The same in seconds, for less than a day or between days. At 0 as with days.',
    0,
    LONGEST_LIFE_SECONDS,
  ).optional(),
})

type RetentionRule = z.output<typeof ruleShape>

const retentionRule = withRules(
  ruleShape,
  exactlyOne<RetentionRule>(
    ['days', 'seconds'],
    'a rule must have days or seconds, and not both: keep one; 0 means that nothing is kept',
  ),
  {
    cel: "self.class != 'Recording' || (has(self.days) ? self.days : has(self.seconds) ? self.seconds : 0) == 0",
    message:
      'class Recording can only be kept for 0 days, since this version does not record: set days to 0, or remove the rule',
    holds: ({ class: one, days, seconds }) => one !== 'Recording' || (days ?? seconds ?? 0) === 0,
  },
)

const collectShape = group(
  'One value that conversation flows may ask for and pass on. A value that is not listed never leaves the bot: not with a transfer, not to a web ' +
    'service, not with the emergency call.',
  {
    field: fieldName('Name of the value, as the ask steps have it.'),
    purpose: text('What it is used for, in a sentence that callers understand.', 300),
    legalBasis: choice('The legal basis (GDPR, article 6, paragraph 1).', [
      'Consent',
      'Contract',
      'LegalObligation',
      'VitalInterests',
      'PublicTask',
      'LegitimateInterests',
    ]),
    sensitivity: choice(
      'Special: health, religion, union and similar data (GDPR, article 9). Ordinary: all other data.',
      ['Ordinary', 'Special'],
    ).default('Ordinary'),
    specialBasis: choice('Special: the exception that permits it (GDPR, article 9, paragraph 2).', [
      'ExplicitConsent',
      'EmploymentLaw',
      'VitalInterests',
      'Nonprofit',
      'MadePublic',
      'LegalClaims',
      'PublicInterest',
      'HealthCare',
      'PublicHealth',
      'Research',
    ]).optional(),
  },
)

const collected = withRules(
  collectShape,
  when<z.output<typeof collectShape>>(
    'specialBasis',
    "(self.sensitivity == 'Special') == has(self.specialBasis)",
    'specialBasis is needed with sensitivity Special and has no meaning without: add it or remove it',
    ({ sensitivity, specialBasis }) => (sensitivity === 'Special') === (specialBasis !== undefined),
  ),
)

const holdShape = group('A legal hold: what it covers is not erased before the hold ends, whatever the rules say.', {
  name: partName('Name of the hold.'),
  reference: text('The file number of the order or the case. No name of a person.', 100),
  classes: setOf('The classes of data that it covers. Empty: all classes that are kept.', dataClass('One class.'), {
    max: DATA_CLASSES.length,
  }).default([]),
  callsFrom: calendarDay('It covers calls from this day on (UTC).'),
  callsUntil: calendarDay('It covers calls up to and with this day (UTC).'),
  endsOn: calendarDay('The day (UTC) on which the hold ends. It can be changed until then.'),
})

type Hold = z.output<typeof holdShape>
const hold = withRules(
  holdShape,
  when<Hold>(
    'callsUntil',
    'self.callsFrom <= self.callsUntil',
    'callsUntil must not be before callsFrom: exchange them',
    ({ callsFrom, callsUntil }) => callsFrom <= callsUntil,
  ),
)

const shape = group('What may be collected and kept.', {
  rules: listBy(
    'class',
    'How long each class of data is kept. A stricter rule also applies to data that is already stored.',
    retentionRule,
    {
      max: DATA_CLASSES.length,
    },
  ).default([]),
  collect: listBy(
    'field',
    'The values that conversation flows may ask for and pass on, each with its purpose.',
    collected,
    {
      max: 100,
    },
  ).default([]),
  mode: choice(
    'Enforce: the keys of expired records are destroyed, and a stricter rule shortens what is stored. Audit: neither, and the status has the number of ' +
      'records that would be erased. Expired records can not be read in either mode.',
    ['Enforce', 'Audit'],
  ).default('Enforce'),
  maxDeletionsPerRun: integer(
    'Number of records of this policy above which one run erases none: a wrong clock or rule must not erase everything. Raise it if the deletion is meant.',
    0,
    1_000_000_000,
  ).default(100_000),
  delivery: deliverySchema.optional(),
  legalHolds: listBy('name', 'Legal holds, oldest first.', hold, { max: 100 }).default([]),
  encryption: notServed('encryption', encryptionSchema),
})

type Spec = z.output<typeof shape>
const keeps = ({ rules }: Spec, what: string) =>
  rules.some((rule) => rule.class === what && (rule.days ?? rule.seconds ?? 0) > 0)

const retentionPolicySpecSchema = withRules(
  shape,
  when<Spec>(
    'collect',
    "self.collect.size() > 0 || !self.rules.exists(r, r.class == 'CollectedFields' && (has(r.days) && r.days > 0 || has(r.seconds) && r.seconds > 0))",
    'collect must list the values to keep when a rule keeps CollectedFields: list each with purpose and legalBasis, or set the rule to 0',
    (spec) => spec.collect.length > 0 || !keeps(spec, 'CollectedFields'),
  ),
)

/** The whole object. */
export const retentionPolicySchema = kindOf({
  kind: 'RetentionPolicy',
  description:
    'Which data of calls may be collected and kept, how long and where, and how it is delivered. ' +
    'kubectl get retentionpolicies shows what is kept and when the next erasure is due.',
  spec: retentionPolicySpecSchema,
  status: retentionStatusSchema,
  longestName: 63,
})

/** @public */
export type RetentionPolicy = z.output<typeof retentionPolicySchema>
/** @public */
export type RetentionPolicyInput = z.input<typeof retentionPolicySchema>
/** @public */
export type RetentionPolicySpec = z.output<typeof retentionPolicySpecSchema>
/** @public */
export type RetentionPolicyStatus = z.output<typeof retentionStatusSchema>
