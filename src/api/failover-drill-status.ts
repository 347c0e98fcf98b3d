/** The progress of a drill and what it proved. */
import { choice, group, instant, integer, list, text } from './fields.ts'
import { observed } from './object.ts'

const STATES = ['Pending', 'Baseline', 'Injected', 'Detected', 'Holding', 'Restoring', 'Verified', 'Ended'] as const
const VERDICTS = ['Passed', 'Failed', 'Inconclusive', 'Aborted', 'Interrupted', 'Skipped'] as const

const milliseconds = (description: string) => integer(`${description}, in milliseconds.`, 0, 86400000).optional()

const timings = group('The measured times.', {
  detectMilliseconds: milliseconds('Time from the fault until an edge or pod detected it'),
  switchMilliseconds: milliseconds('Time from the fault until new calls used the backup'),
  firstGoodCallMilliseconds: milliseconds('Time from the fault until the first good call over the backup'),
  returnMilliseconds: milliseconds('Time from the end of the fault until the first good call over the primary'),
})

const calls = group('The test calls.', {
  placed: integer('Number of calls.', 0, 1000000),
  good: integer('Number of calls that used the right route, with audio in both directions.', 0, 1000000),
  failed: integer('Number of other calls.', 0, 1000000),
})

const evidence = group('The record of the run. It can be verified without a cluster.', {
  digest: text('SHA-256 of the record, in hexadecimal.', 64),
  previousDigest: text(
    'Digest of the previous record, so that a removed record is noticed. Absent: the first one.',
    64,
  ).optional(),
  signature: text('Signature over the digest, in base64.', 500),
  configMap: text('Name of the ConfigMap that holds the record.', 253),
})

export const drillStatusSchema = group('The observed state of the drill. Written by the operator only.', {
  ...observed,
  state: choice(
    'Pending: not started. Baseline: both routes are tested. Injected: the fault is active. Detected: the fault was detected. Holding: calls use the backup. ' +
      'Restoring: the fault was removed. Verified: calls use the primary again. Ended: the drill ended early.',
    STATES,
  ).optional(),
  verdict: choice(
    'Passed or Failed. Inconclusive: too few observations. Aborted: by a limit or a person. Interrupted: by a real incident. Skipped: not started.',
    VERDICTS,
  ).optional(),
  because: text('Reason of the verdict.', 1000).optional(),
  startedAt: instant('Time at which it started.').optional(),
  finishedAt: instant('Time at which it ended.').optional(),
  timings: timings.optional(),
  detect: text('For the column DETECT, such as 1.2s.', 16).optional(),
  switch: text('For the column SWITCH.', 16).optional(),
  return: text('For the column RETURN.', 16).optional(),
  calls: calls.optional(),
  routesBefore: text(
    'The routes before the drill, as JSON. They are restored from here after a crash.',
    8192,
  ).optional(),
  policyDigest: text('SHA-256 of the spec of the integration that was drilled, in hexadecimal.', 64).optional(),
  notShown: list('What the run does not prove, in words.', text('One point.', 300), { max: 20 }).optional(),
  evidence: evidence.optional(),
})
