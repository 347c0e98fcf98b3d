/** How a drill goes and what it proved. */
import { choice, group, instant, integer, list, text } from './fields.ts'
import { observed } from './object.ts'

const STATES = ['Pending', 'Baseline', 'Injected', 'Detected', 'Holding', 'Restoring', 'Verified', 'Ended'] as const
const VERDICTS = ['Passed', 'Failed', 'Inconclusive', 'Aborted', 'Interrupted', 'Skipped'] as const

const milliseconds = (description: string) => integer(`${description}, in milliseconds.`, 0, 86400000).optional()

const timings = group('What was measured.', {
  detectMilliseconds: milliseconds('From the fault until an edge or pod noticed it'),
  switchMilliseconds: milliseconds('From the fault until new calls took the backup'),
  firstGoodCallMilliseconds: milliseconds('From the fault until the first good call over the backup'),
  returnMilliseconds: milliseconds('From the end of the fault until the first good call over the primary'),
})

const calls = group('The test calls.', {
  placed: integer('How many were placed.', 0, 1000000),
  good: integer('How many reached the right route, with sound both ways.', 0, 1000000),
  failed: integer('How many did not.', 0, 1000000),
})

const evidence = group('The record of the run. It can be verified without a cluster.', {
  digest: text('SHA-256 of the record, in hexadecimal.', 64),
  previousDigest: text(
    'Digest of the record before, so that none can be taken away unseen. Absent: the first one.',
    64,
  ).optional(),
  signature: text('Signature over the digest, in base64.', 500),
  configMap: text('Name of the ConfigMap that holds the record.', 253),
})

export const drillStatusSchema = group('How the drill goes. Written by the operator alone.', {
  ...observed,
  state: choice(
    'Pending: not begun. Baseline: both routes are tried. Injected: the primary seems dead. Detected: this was noticed. Holding: calls take the backup. ' +
      'Restoring: the fault is gone. Verified: calls take the primary again. Ended: it ended before.',
    STATES,
  ).optional(),
  verdict: choice(
    'Passed, or Failed. Inconclusive: too little was seen. Aborted: by a limit or a person. Interrupted: a real incident began. Skipped: it never began.',
    VERDICTS,
  ).optional(),
  because: text('Why the verdict is what it is.', 1000).optional(),
  startedAt: instant('When it began.').optional(),
  finishedAt: instant('When it ended.').optional(),
  timings: timings.optional(),
  detect: text('For the column DETECT, such as 1.2s.', 16).optional(),
  switch: text('For the column SWITCH.', 16).optional(),
  return: text('For the column RETURN.', 16).optional(),
  calls: calls.optional(),
  routesBefore: text(
    'The routes before the drill, as JSON. They are put back from here after any crash.',
    8192,
  ).optional(),
  policyDigest: text('SHA-256 of the spec of the integration that was drilled, in hexadecimal.', 64).optional(),
  notShown: list('What the run does not prove, in words.', text('One point.', 300), { max: 20 }).optional(),
  evidence: evidence.optional(),
})
