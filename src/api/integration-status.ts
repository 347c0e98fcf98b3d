/** What `kubectl get integrations` shows: which route is in use, and how the drills went. */
import { choice, group, instant, integer, listBy, text } from './fields.ts'
import { STATES } from './failover-drill-status.ts'
import { observed } from './object.ts'

const part = (what: string) =>
  group(`The observed state of one ${what}.`, {
    name: text(`Name of the ${what}.`, 63),
    state: choice('Up: it answers. Down: it does not. Unknown: not probed yet.', ['Up', 'Down', 'Unknown']),
    since: instant('Time since which it has this state.').optional(),
    seenBy: integer('Number of reporters that agree: edges for a trunk, pods for an endpoint.', 0, 100000).optional(),
    probeSeconds: integer(
      'Interval between probes in effect, in seconds, where edges probe a trunk less often than sip.probe.intervalSeconds says. Absent: as specified, and for endpoints.',
      1,
      86400,
    ).optional(),
  })

const route = (what: string) =>
  group(`The route over the ${what}s.`, {
    active: text(`Name of the ${what} that is in use. Absent: none answers.`, 63).optional(),
    role: choice('Whether that is the primary or a backup. None: none answers. Unknown: not probed yet.', [
      'Primary',
      'Backup',
      'None',
      'Unknown',
    ]),
    since: instant('Time since which this route has been in use.').optional(),
    parts: listBy('name', `Each ${what}.`, part(what), { max: 10 }).optional(),
  })

const lastDrill = group('The newest finished drill.', {
  name: text('Name of the FailoverDrill.', 253),
  verdict: text('Its verdict, and its mode where that was DryRun, such as Passed/DryRun.', 32),
  finishedAt: instant('Time at which it ended.'),
})

const noted = {
  name: text('Name of the FailoverDrill.', 253),
  uid: text('UID of the FailoverDrill.', 64),
  state: choice('The state in which it was seen last.', STATES),
  startedAt: instant('Time at which it started.'),
}

const runningDrill = group(
  'The drill that runs. Edges and pods get no order of a drill before it is named here, so one that is deleted meanwhile is noticed, at the latest by the next operator.',
  noted,
)

const deletedDrill = group(
  'The newest drill that was deleted while it ran. It counts as Aborted, and has no signed record.',
  {
    ...noted,
    verdict: choice('The verdict as which it counts.', ['Aborted']),
    noticedAt: instant('Time at which the operator noticed it.'),
  },
)

export const integrationStatusSchema = group('The observed state. Written by the operator only.', {
  ...observed,
  sip: route('trunk').optional(),
  http: route('endpoint').optional(),
  sipRoute: text('For the column SIP-ROUTE: role and name of the trunk in use, such as Primary/main.', 100).optional(),
  httpRoute: text('For the column HTTP-ROUTE: role and name of the endpoint in use.', 100).optional(),
  lastDrill: lastDrill.optional(),
  runningDrill: runningDrill.optional(),
  deletedDrill: deletedDrill.optional(),
  nextDrill: text('Time of the next drill, in the time zone of the schedule, or why there is none.', 64).optional(),
  lastPassedDrill: instant('Time at which the newest passed drill of the schedule ended.').optional(),
  drillSchedule: group('The schedule as it was seen.', {
    digest: text('Digest of schedule, timeZone and suspend.', 64),
    since: instant('Time since which it has been so. Earlier slots are not processed.'),
  }).optional(),
  drillsStarted: integer(
    'Number of drills that the schedule has started; it sets the turn of the rotation.',
    0,
    1000000,
  ).optional(),
  dueSlot: instant('The slot whose drill is being created.').optional(),
  lastScheduledSlot: instant(
    'All slots of the schedule up to this time were processed: run, skipped or recorded as missed.',
  ).optional(),
  lastSkippedSlot: text('The newest slot that was skipped or missed, and why.', 300).optional(),
  missedSlots: integer('Number of missed slots since the last passed drill.', 0, 1000000).optional(),
  evidence: group('The records of its drills.', {
    records: integer('Number of records.', 0, 1000000),
    headDigest: text('SHA-256 of the newest record, in hexadecimal.', 64),
  }).optional(),
  usedBy: integer('Number of Callbots that reference this Integration.', 0, 1000000).optional(),
  trunksEpoch: integer(
    'Epoch of the newest trunk table that was written. An edge rejects an older one.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
})
