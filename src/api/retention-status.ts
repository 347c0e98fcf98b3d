/** What `kubectl get retentionpolicies` tells. Counts and times only: nothing that was kept. */
import { choice, group, instant, integer, text } from './fields.ts'
import { observed } from './object.ts'

const count = (description: string) => integer(description, 0, Number.MAX_SAFE_INTEGER)

const lastPurge = group('The newest erasure.', {
  finishedAt: instant('When it ended.'),
  erased: count('How many records were erased.'),
  held: count('How many were due but are under a legal hold.'),
  evidence: text('SHA-256 of the record of the erasure, in hexadecimal.', 64).optional(),
})

export const retentionStatusSchema = group('What the operator saw and did. Written by the operator alone.', {
  ...observed,
  mode: choice(
    'Nothing: nothing is kept. Timed: something is kept for a time. Held: something is under a legal hold.',
    ['Nothing', 'Timed', 'Held'],
  ).optional(),
  oldest: instant('End of the oldest call of which something is kept. Absent: nothing is kept.').optional(),
  nextPurge: text('When the next erasure is due (UTC), or none.', 64).optional(),
  violations: count('Records that are kept longer than a rule allows. Anything but 0 is a fault.').optional(),
  stored: count('Records that are kept.').optional(),
  undelivered: count('Records that wait to be handed over.').optional(),
  givenUp: count('Records that were erased undelivered since the policy exists.').optional(),
  lastPurge: lastPurge.optional(),
  usedBy: integer('How many Callbots name this policy.', 0, 1000000).optional(),
})
