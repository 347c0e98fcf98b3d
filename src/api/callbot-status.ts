/** What `kubectl get callbots` and `kubectl describe` tell about a bot. Nothing in it is about a caller. */
import { choice, group, instant, integer, list, listBy, text } from './fields.ts'
import { observed } from './object.ts'

const count = (description: string) => integer(description, 0, 1_000_000)

const zone = group('The bot in one zone.', {
  name: text('Name of the zone.', 63),
  desired: count('Pods that should be in the zone.'),
  ready: count('Pods in the zone that take calls.'),
  state: choice(
    'Healthy: pods of the zone answer. Degraded: fewer than there should be. Unreachable: none answers, or the zone is cut off.',
    ['Healthy', 'Degraded', 'Unreachable'],
  ),
})

const certificate = group(
  'The certificate with which the pods of the bot speak SIP over TLS. Renewed by the operator.',
  {
    serial: text('Serial number of the certificate, in hexadecimal.', 64),
    issuer: text('Serial number of the certificate authority that issued it, in hexadecimal.', 64),
    bundle: text('SHA-256 of the certificates that the pods trust, in hexadecimal.', 64),
    notBefore: instant('Since when it is valid.'),
    notAfter: instant('Until when it is valid.'),
  },
)

const configuration = group('What the pods of the bot are told: dialog, speech, turn-taking.', {
  name: text('Name of the immutable ConfigMap that new pods get.', 63),
  madeAt: instant(
    "When it was first written: the bot's tests take place then, in all pods that are ever made with it.",
  ).optional(),
  former: list('Those before it that a pod may still have; they go when none has.', text('Name of one.', 63), {
    max: 32,
  }).optional(),
})

const answers = group('How calls were answered, over the pods that run now and since each of them started.', {
  answered: integer('Calls that were answered.', 0, Number.MAX_SAFE_INTEGER),
  failed: integer("Calls that ended by a fault of the bot's own side.", 0, Number.MAX_SAFE_INTEGER),
  p95Milliseconds: integer(
    'Time from a call to its answer, in milliseconds: 95 of 100 of the latest calls were answered faster, on the slowest pod.',
    0,
    3_600_000,
  ).optional(),
})

const runningRoute = group('The newest route table that the edges run, as they told.', {
  epoch: integer('Number of the route table.', 0, Number.MAX_SAFE_INTEGER),
  numbers: list('The numbers that it leads to this Callbot.', text('One number.', 16), { max: 100 }),
  edges: count('Edges that have told that they run it.'),
  silent: list(
    'Edges that did not answer when the others ran it, and have not told of it since.',
    group('An edge that is silent.', { edge: text('Name of its pod.', 253), since: instant('When it answered last.') }),
    { max: 100 },
  ).optional(),
})

const lastDrill = group('The newest finished drill of an integration of this bot.', {
  name: text('Name of the FailoverDrill.', 253),
  integration: text('Name of the Integration.', 253),
  verdict: text('Its verdict.', 32),
  finishedAt: instant('When it ended.'),
})

export const callbotStatusSchema = group('What the operator saw and did. Written by the operator alone.', {
  ...observed,
  replicas: count('Pods that exist.').optional(),
  readyReplicas: count('Pods that take calls.').optional(),
  desiredReplicas: count('Pods that should exist now.').optional(),
  selector: text('The label selector of the pods, for the scale subresource.', 500).optional(),
  ready: text('Pods that take calls of those that should, such as 3/3.', 32).optional(),
  zones: listBy('name', 'The bot in each of its zones.', zone, { max: 32 }).optional(),
  zonesReady: text('Zones that are Healthy of those that should be, such as 3/3.', 32).optional(),
  calls: count('Live calls, as they were a moment ago.').optional(),
  places: count('Calls that the pods of the bot can carry at the same time.').optional(),
  lastCallAt: instant('When the newest call came in.').optional(),
  answers: answers.optional(),
  fallback: text('State of the emergency number: Ready, or what is missing.', 64).optional(),
  routes: text(
    'Numbers of the spec that the edges route to this Callbot, as they told, out of all that it lists, such as 2/2.',
    32,
  ).optional(),
  routeEpoch: integer(
    'Number of the newest route table that was written. An edge refuses an older one.',
    0,
    Number.MAX_SAFE_INTEGER,
  ).optional(),
  runningRoute: runningRoute.optional(),
  numbers: list(
    'The numbers on which the bot really answers: those of the spec that no older bot has.',
    text('One number.', 16),
    { max: 100 },
  ).optional(),
  certificate: certificate.optional(),
  configuration: configuration.optional(),
  lastDrill: lastDrill.optional(),
  lastDrillText: text('Verdict of the newest finished drill, for the column LAST-DRILL.', 64).optional(),
})
