/** What `kubectl get integrations` tells: which route is in use, and how the drills went. */
import { choice, group, instant, integer, listBy, text } from './fields.ts'
import { observed } from './object.ts'

const part = (what: string) =>
  group(`One ${what} as it was seen.`, {
    name: text(`Name of the ${what}.`, 63),
    state: choice('Up: it answers. Down: it does not. Unknown: not asked yet. Drilled: a drill makes it look dead.', [
      'Up',
      'Down',
      'Unknown',
      'Drilled',
    ]),
    since: instant('Since when it has been so.').optional(),
    seenBy: integer('How many watchers agree: edges for a trunk, pods for an endpoint.', 0, 100000).optional(),
  })

const route = (what: string) =>
  group(`The route over the ${what}s.`, {
    active: text(`Name of the ${what} that is in use. Absent: none answers.`, 63).optional(),
    role: choice('Whether that is the primary or a backup. None: none answers. Unknown: nobody has asked yet.', [
      'Primary',
      'Backup',
      'None',
      'Unknown',
    ]),
    since: instant('Since when this route has been in use.').optional(),
    parts: listBy('name', `Each ${what}.`, part(what), { max: 10 }).optional(),
  })

const lastDrill = group('The newest finished drill.', {
  name: text('Name of the FailoverDrill.', 253),
  verdict: text('Its verdict.', 32),
  finishedAt: instant('When it ended.'),
})

export const integrationStatusSchema = group('What the operator saw and did. Written by the operator alone.', {
  ...observed,
  sip: route('trunk').optional(),
  http: route('endpoint').optional(),
  sipRoute: text('For the column SIP-ROUTE: role and name of the trunk in use, such as Primary/main.', 100).optional(),
  httpRoute: text('For the column HTTP-ROUTE: role and name of the endpoint in use.', 100).optional(),
  lastDrill: lastDrill.optional(),
  nextDrill: text('When the next drill begins, in the time zone of the schedule, or why none will.', 64).optional(),
  lastScheduledSlot: instant(
    'The newest slot of the schedule that was dealt with: run, skipped or recorded as missed.',
  ).optional(),
  missedSlots: integer('How many slots were missed since the last passed drill.', 0, 1000000).optional(),
  usedBy: integer('How many Callbots name this integration.', 0, 1000000).optional(),
  trunksEpoch: integer(
    'Number of the newest table of trunks that was written. An edge refuses an older one.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
})
