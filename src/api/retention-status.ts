/** What `kubectl get retentionpolicies` shows. Counts and times only: nothing that was kept. */
import { choice, group, instant, integer, text } from './fields.ts'
import { observed } from './object.ts'

const count = (description: string) => integer(description, 0, Number.MAX_SAFE_INTEGER)

const lastPurge = group('The newest erasure.', {
  finishedAt: instant('Time at which it ended.'),
  erased: count('Number of records that were erased.'),
  held: count('Number of records that were due but are under a legal hold.'),
  evidence: text('SHA-256 of the record of the erasure, in hexadecimal.', 64).optional(),
})

export const retentionStatusSchema = group('The observed state. Written by the operator only.', {
  ...observed,
  mode: choice('Nothing: no data is kept. Timed: data is kept for a limited time. Held: data is under a legal hold.', [
    'Nothing',
    'Timed',
    'Held',
  ]).optional(),
  oldest: instant('End of the oldest call of which data is kept. Absent: no data is kept.').optional(),
  nextPurge: text('Time at which the next erasure is due (UTC), or none.', 64).optional(),
  violations: count(
    'Number of records that are kept longer than a rule allows. A value above 0 is a fault.',
  ).optional(),
  stored: count('Number of records that are kept.').optional(),
  undelivered: count('Number of records that wait for delivery.').optional(),
  givenUp: count('Number of records that were erased undelivered since the policy was created.').optional(),
  lastPurge: lastPurge.optional(),
  usedBy: integer('Number of Callbots that reference this policy.', 0, 1000000).optional(),
})
