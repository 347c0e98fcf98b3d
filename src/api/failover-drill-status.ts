/** The progress of a drill and what it proved. */
import { choice, group, instant, integer, list, listBy, text } from './fields.ts'
import { observed } from './object.ts'

export const STATES = [
  'Pending',
  'Baseline',
  'Injected',
  'Detected',
  'Holding',
  'Restoring',
  'Verified',
  'Ended',
] as const
export const VERDICTS = ['Passed', 'Failed', 'Inconclusive', 'Aborted', 'Interrupted', 'Skipped'] as const
export type DrillState = (typeof STATES)[number]
export type Verdict = (typeof VERDICTS)[number]

const milliseconds = (description: string) => integer(`${description}, in milliseconds.`, 0, 86400000).optional()

const timings = group('The measured times.', {
  detectMilliseconds: milliseconds('Time from the fault until an edge or pod detected it'),
  switchMilliseconds: milliseconds('Time from the fault until tests of every zone used the backup'),
  returnMilliseconds: milliseconds('Time from the end of the fault until the first good call over the primary'),
  uncertaintyMilliseconds: milliseconds('How much shorter each of these times may have been at most'),
})

const calls = group('The test calls, or for side HTTP the test requests.', {
  placed: integer('Number of calls.', 0, 1000000),
  good: integer(
    'Number of good tests: calls with audio in both directions, or requests that were answered with success.',
    0,
    1000000,
  ),
  failed: integer('Number of other calls.', 0, 1000000),
})

const realCalls = group('The real calls during the fault of a drill with mode Share or Full.', {
  met: integer('Number of calls that were affected by the fault.', 0, 1000000),
  answered: integer('Number of those that the backup answered.', 0, 1000000),
  unanswered: integer('Number of those that rang at the backup and were not answered there.', 0, 1000000),
  rescued: integer(
    'Number of those that the backup failed, and that were put through by the primary in the same call.',
    0,
    1000000,
  ),
  spared: integer(
    'Number of calls that were kept out of the drill: to an emergency number, by a limit, or because the backup had failed another one.',
    0,
    1000000,
  ),
})

const edge = group('What the operator heard from one edge or pod.', {
  name: text('Name of the pod.', 253),
  zone: text('Its zone.', 63),
  detectMilliseconds: milliseconds('Time from the fault until the operator heard that it had detected it'),
  calls: integer('Number of tests in its zone.', 0, 1000000).optional(),
})

const check = group('One check.', {
  name: text('Name of the check, such as BackupDeclared.', 63),
  result: choice('Unknown: it could not be decided.', ['Passed', 'Failed', 'Unknown']),
  reason: text('Reason as one word.', 63),
  message: text('Message for people, with the fix.', 1000),
})

const reached = group('A state that the drill has reached.', {
  state: choice('The state.', STATES),
  afterMilliseconds: milliseconds('Time since the first one').unwrap(),
})

const evidence = group('The record of the run. It can be verified without a cluster.', {
  sequence: integer('Number of the record, counted for each Integration.', 1, 1000000),
  keyID: text('The key that signed it.', 128),
  digest: text('SHA-256 of the signed record, in hexadecimal.', 64),
  previousDigest: text(
    'Digest of the previous record, so that a removed record is noticed. Absent: the first one.',
    64,
  ).optional(),
  signature: text('Signature of the record (DSSE, Ed25519), in base64.', 500),
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
  reached: listBy('state', 'The states that the drill has reached, in this order.', reached, { max: 8 }).optional(),
  timings: timings.optional(),
  detect: text('For the column DETECT, such as 1.2s.', 16).optional(),
  switch: text('For the column SWITCH.', 16).optional(),
  return: text('For the column RETURN.', 16).optional(),
  calls: calls.optional(),
  realCalls: realCalls.optional(),
  perEdge: listBy('name', 'Each edge, or pod.', edge, { max: 100 }).optional(),
  checks: listBy('name', 'The checks before the start.', check, { max: 20 }).optional(),
  deficiencies: list('What was found to be wrong, in words.', text('One point.', 300), { max: 20 }).optional(),
  leadership: integer(
    'The leadership of the operator under which the state was written. A leader does not continue a drill of another one.',
    0,
    9007199254740991,
  ).optional(),
  routesDigest: text('SHA-256 of the routes that calls used before the drill, in hexadecimal.', 64).optional(),
  specDigest: text('Fingerprint of the spec of the Integration when the drill began.', 64).optional(),
  notShown: list('What the run does not prove, in words.', text('One point.', 300), { max: 20 }).optional(),
  evidence: evidence.optional(),
})
