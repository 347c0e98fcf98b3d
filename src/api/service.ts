/** How many pods a bot has, where, under which protection, and who answers when it can't. */
import { z } from 'zod'
import { choice, dialable, group, integer, localRef, labelValue, setOf, text } from './fields.ts'
import { notServed, when, withRules } from './rule.ts'

const CAUSES = ['NoCapacity', 'BotFailure', 'Silence', 'CallerWish'] as const

export const fallbackSchema = group(
  'The emergency number: who takes the call when the bot can not take or finish it.',
  {
    number: dialable('The number or extension of people who answer, such as +33123456789.'),
    integrationRef: localRef(
      'Through whose trunks it is called. It must also be listed in integrationRefs.',
      'Integration',
    ),
    causes: setOf(
      'When it is called. NoCapacity: no pod is free. BotFailure: the bot, its speech or its dialog fails. Silence: the caller is ' +
        'silent. CallerWish: the caller asks for a person. A cause left out ends the call with a spoken apology instead.',
      z.enum(CAUSES).describe('One cause.'),
      { min: 1, max: CAUSES.length },
    ).default([...CAUSES]),
    say: text(
      'What the caller hears from the bot before, in the language of the bot; nothing when no pod takes the call and an edge puts the caller ' +
        'through by itself. Absent: a short sentence that comes with the operator.',
      500,
    ).optional(),
  },
)

const PERCENT = /^[0-9]{1,3}%$/
const buffer = withRules(
  z
    .union([z.int().min(0), z.string().max(4)])
    .describe(
      'Free call places that are kept ready for a peak: a number, such as 20, or a share of the live calls, such as 25%. ' +
        'At 0 a pod is added only when all are full, and callers may have to wait for it.',
    )
    .meta({ 'x-kubernetes-int-or-string': true }),
  {
    cel: "type(self) == int ? self >= 0 && self <= 10000 : self.matches(r'^[0-9]{1,3}%$')",
    message:
      'buffer must be a number of calls from 0 to 10000, such as 20, or a percentage from 0% to 999%, such as 25%',
    holds: (value) => (typeof value === 'number' ? value <= 10000 : PERCENT.test(value)),
  },
)

const capacityShape = group(
  'How many calls the bot carries, and how it grows and shrinks. No scaling ever cuts a call.',
  {
    scaling: choice(
      'Buffer: the operator follows the live calls plus buffer. External: replicas is obeyed, for HPA, KEDA or kubectl scale.',
      ['Buffer', 'External'],
    ).default('Buffer'),
    callsPerPod: integer(
      'Calls that one pod carries at the same time; it turns the next one over to another pod.',
      1,
      500,
    ).default(20),
    buffer: buffer.default('25%'),
    minReplicas: integer(
      'The fewest pods, also with no call at all. At least one for each zone in zones.',
      1,
      1000,
    ).default(3),
    maxReplicas: integer(
      'The most pods. Calls beyond them go to the emergency number, never to a busy tone.',
      1,
      1000,
    ).default(10),
    replicas: integer(
      'The number of pods with scaling External. This is what the scale subresource reads and writes.',
      1,
      1000,
    ).optional(),
  },
)

type Capacity = z.output<typeof capacityShape>

export const capacitySchema = withRules(
  capacityShape,
  when<Capacity>(
    'maxReplicas',
    'self.minReplicas <= self.maxReplicas',
    'maxReplicas must not be less than minReplicas: raise maxReplicas or lower minReplicas',
    ({ minReplicas, maxReplicas }) => minReplicas <= maxReplicas,
  ),
  when<Capacity>(
    'replicas',
    "self.scaling != 'External' || has(self.replicas)",
    'replicas is needed with scaling External: set it to the number of pods to begin with',
    ({ scaling, replicas }) => scaling !== 'External' || replicas !== undefined,
  ),
  when<Capacity>(
    'replicas',
    "self.scaling == 'External' || !has(self.replicas)",
    'replicas is only for scaling External: remove it, or set scaling to External',
    ({ scaling, replicas }) => scaling === 'External' || replicas === undefined,
  ),
  when<Capacity>(
    'replicas',
    '!has(self.replicas) || (self.replicas >= self.minReplicas && self.replicas <= self.maxReplicas)',
    'replicas must be from minReplicas to maxReplicas: change it or the limits',
    ({ replicas, minReplicas, maxReplicas }) =>
      replicas === undefined || (replicas >= minReplicas && replicas <= maxReplicas),
  ),
)

export const drainSchema = group('How a pod leaves: it takes no new call and waits for the ones it has.', {
  deadlineSeconds: integer(
    'How long a leaving pod waits for its last call, in seconds; then its callers are put through by the fallback, not cut. At 0 they are put through at once.',
    0,
    86400,
  ).default(3600),
}).prefault({})

const mediaShape = group('Protection of the call on the telephone side. It is never lowered by itself.', {
  sipTransport: choice(
    'What callers may reach the bot by. TLS: TLS only. TLSOrTCP: also plain TCP. Any: also UDP. Anything but TLS lets the network read who calls whom.',
    ['TLS', 'TLSOrTCP', 'Any'],
  ).default('TLS'),
  srtp: choice(
    'Encryption of the voice. Required: a call without SRTP is refused with 488. Preferred: plain RTP is taken from callers who offer nothing better. Disabled: plain RTP.',
    ['Required', 'Preferred', 'Disabled'],
  ).default('Required'),
  codecs: setOf('The voice codecs, best first.', z.enum(['PCMA', 'PCMU']).describe('G.711 A-law or mu-law.'), {
    min: 1,
    max: 2,
  }).default(['PCMA', 'PCMU']),
})

type Media = z.output<typeof mediaShape>

export const mediaSchema = withRules(
  mediaShape,
  when<Media>(
    'srtp',
    "self.srtp != 'Required' || self.sipTransport == 'TLS'",
    'srtp Required needs sipTransport TLS, since the keys travel in the signalling: set sipTransport to TLS, or srtp to Preferred',
    ({ srtp, sipTransport }) => srtp !== 'Required' || sipTransport === 'TLS',
  ),
).prefault({})

const PERCENTAGE = /^(100|[0-9]{1,2}(\.[0-9]{1,3})?)$/

const sloShape = group('What the bot promises. Alerts fire when the promise is used up too fast.', {
  answeredPercent: withRules(
    z
      .string()
      .min(1)
      .max(6)
      .describe('Share of calls that reach the bot or a person, in percent, as text such as "99.95".'),
    {
      cel: "self.matches(r'^(100|[0-9]{1,2}(\\.[0-9]{1,3})?)$')",
      message: 'answeredPercent must be a percentage in quotes, with at most three decimals, such as "99.95"',
      holds: (value) => PERCENTAGE.test(value),
    },
  ).default('99.9'),
  answerSeconds: integer('Within how many seconds a call must be answered to count as answered.', 1, 60).default(3),
  windowDays: integer('Over how many days the promise is counted.', 1, 90).default(28),
})

export const sloSchema = notServed('slo', sloShape)

const CERTIFICATIONS = ['ISO27001', 'ISO27017', 'ISO27018', 'PCIDSS', 'HIPAA', 'HDS', 'SecNumCloud', 'SOC2'] as const

export const placementSchema = group(
  'Where the pods of the bot may run, and which servers they may send to. Edges, trunks and the embedded speech server are not compared.',
  {
    regions: setOf(
      'Regions of the nodes of its pods, of its speech servers and language models, and of the endpoints of its web services. ' +
        'A server or endpoint outside is refused, and never asked; an endpoint without a region is outside. Empty: any.',
      labelValue('One region.'),
      { max: 16 },
    ).default([]),
    certifications: setOf(
      'What the nodes of its pods must be certified for, as their labels certification.callbots.dev/NAME say. Empty: nothing.',
      z.enum(CERTIFICATIONS).describe('One certification.'),
      { max: CERTIFICATIONS.length },
    ).default([]),
  },
).prefault({})

export const zonesSchema = setOf(
  "Zones that must each have a pod, as the nodes' label topology.kubernetes.io/zone has them. Empty: all zones of the cluster.",
  labelValue('One zone.'),
  { max: 16 },
).default([])
