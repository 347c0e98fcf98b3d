/** What `kubectl get retentionpolicies` shows. Counts and times only: nothing that was kept. */
import { choice, group, instant, integer, text } from './fields.ts'
import { observed } from './object.ts'

const count = (description: string) => integer(description, 0, Number.MAX_SAFE_INTEGER)

const lastPurge = group('The newest erasure.', {
  finishedAt: instant('Time at which it ended.'),
  erased: count('Number of records that were erased.'),
})

export const retentionStatusSchema = group('The observed state. Written by the operator only.', {
  ...observed,
  mode: choice(
    'Nothing: no data is kept. Timed: data is kept for a limited time. Held: data is under a legal hold. Audit: data is kept, and expired data is not erased.',
    ['Nothing', 'Timed', 'Held', 'Audit'],
  ).optional(),
  oldest: instant(
    'Time before which no call ended of which data is kept. The oldest one ended at most a thousandth of its life and 1 s later. Absent: no data is kept.',
  ).optional(),
  nextPurge: text('Time at which the next erasure is due (UTC), or none.', 64).optional(),
  violations: count(
    'Number of records whose time has come and whose keys are still there, because of mode Audit or the fuse. Nobody can read them.',
  ).optional(),
  stored: count('Number of records that are kept.').optional(),
  held: count('Number of records whose time has come and whose keys are kept by a legal hold.').optional(),
  lastPurge: lastPurge.optional(),
  usedBy: integer('Number of Callbots that reference this policy.', 0, 1000000).optional(),
})
