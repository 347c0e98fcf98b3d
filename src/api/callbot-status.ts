/** What `kubectl get callbots` and `kubectl describe` show of a bot. Nothing in it is about a caller. */
import { choice, group, instant, integer, list, listBy, text } from './fields.ts'
import { observed } from './object.ts'

const count = (description: string) => integer(description, 0, 1_000_000)

const zone = group('The bot in one zone.', {
  name: text('Name of the zone.', 63),
  desired: count('Desired number of pods in the zone.'),
  ready: count('Number of pods in the zone that take calls.'),
  state: choice(
    'Healthy: pods of the zone answer. Degraded: fewer pods than desired answer. Unreachable: none answers, or the zone is cut off.',
    ['Healthy', 'Degraded', 'Unreachable'],
  ),
})

const certificate = group('The certificate that the pods of the bot use for SIP over TLS. The operator renews it.', {
  serial: text('Serial number of the certificate, in hexadecimal.', 64),
  issuer: text('Serial number of the certificate authority that issued it, in hexadecimal.', 64),
  bundle: text('SHA-256 of the certificates that the pods trust, in hexadecimal.', 64),
  notBefore: instant('Time from which it is valid.'),
  notAfter: instant('Time at which it expires.'),
})

const configuration = group('The configuration of the pods of the bot: conversation flow, speech, turn-taking.', {
  name: text('Name of the immutable ConfigMap of new pods.', 63),
  madeAt: instant(
    "Time at which it was first written. The bot's tests take place at this time, in all pods that use this configuration.",
  ).optional(),
  former: list(
    'Earlier ConfigMaps that a pod may still use. They are removed when no pod uses them.',
    text('Name of one.', 63),
    {
      max: 32,
    },
  ).optional(),
})

const answers = group('How calls were answered: sums over the running pods, since each of them started.', {
  answered: integer('Number of answered calls.', 0, Number.MAX_SAFE_INTEGER),
  failed: integer('Number of calls that ended because of a fault of the bot.', 0, Number.MAX_SAFE_INTEGER),
  p95Milliseconds: integer(
    '95th percentile of the time to answer the latest calls, in milliseconds, on the slowest pod.',
    0,
    3_600_000,
  ).optional(),
})

const runningRoute = group('The newest route table that the edges run, as reported by them.', {
  epoch: integer('Epoch of the route table.', 0, Number.MAX_SAFE_INTEGER),
  numbers: list('The numbers that it routes to this Callbot.', text('One number.', 16), { max: 100 }),
  edges: count('Number of edges that have reported that they run it.'),
  silent: list(
    'Edges that did not answer when the others ran it, and have not answered since.',
    group('An edge that does not answer.', {
      edge: text('Name of its pod.', 253),
      since: instant('Time of its last answer.'),
    }),
    { max: 100 },
  ).optional(),
})

const lastDrill = group('The newest finished drill of an integration of this bot.', {
  name: text('Name of the FailoverDrill.', 253),
  integration: text('Name of the Integration.', 253),
  verdict: text('Its verdict.', 32),
  finishedAt: instant('Time at which it ended.'),
})

export const callbotStatusSchema = group('The observed state. Written by the operator only.', {
  ...observed,
  replicas: count('Number of pods.').optional(),
  readyReplicas: count('Number of pods that take calls.').optional(),
  desiredReplicas: count('Desired number of pods.').optional(),
  selector: text('The label selector of the pods, for the scale subresource.', 500).optional(),
  ready: text('Pods that take calls, out of the desired number, such as 3/3.', 32).optional(),
  zones: listBy('name', 'The bot in each of its zones.', zone, { max: 32 }).optional(),
  zonesReady: text('Healthy zones, out of all zones of the bot, such as 3/3.', 32).optional(),
  calls: count('Number of live calls at the last poll.').optional(),
  places: count('Number of calls that the pods of the bot can carry concurrently.').optional(),
  lastCallAt: instant('Time of the newest call.').optional(),
  answers: answers.optional(),
  fallback: text('State of the emergency number: Ready, or what is missing.', 64).optional(),
  routes: text(
    'Numbers of the spec that the edges report to route to this Callbot, out of all numbers of the spec, such as 2/2.',
    32,
  ).optional(),
  placement: text(
    'Inside, or what is not: the number of its pods and of those of the installation that run outside of placement, such as "2 outside", or No node. Absent without a placement.',
    32,
  ).optional(),
  routeEpoch: integer(
    'Epoch of the newest route table that was written. An edge rejects an older one.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
  runningRoute: runningRoute.optional(),
  numbers: list(
    'The numbers on which the bot answers: those of the spec that no older Callbot has.',
    text('One number.', 16),
    { max: 100 },
  ).optional(),
  certificate: certificate.optional(),
  configuration: configuration.optional(),
  lastDrill: lastDrill.optional(),
  lastDrillText: text('Verdict of the newest finished drill, for the column LAST-DRILL.', 64).optional(),
})
