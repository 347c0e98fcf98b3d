/** How many pods a bot has, where, under which protection, and who answers when it can't. */
import { z } from 'zod'
import { choice, dialable, group, integer, localRef, labelValue, setOf, text } from './fields.ts'
import { matches, when, withRules } from './rule.ts'

const CAUSES = ['NoCapacity', 'BotFailure', 'Silence', 'CallerWish'] as const

export const fallbackSchema = group(
  'The emergency number: who takes the call when the bot can not take or finish it.',
  {
    number: dialable('The number or extension of people who answer, such as +33123456789.'),
    integrationRef: localRef(
      'The Integration through whose trunks it is called. It must also be listed in integrationRefs.',
      'Integration',
    ),
    causes: setOf(
      'When it is called. NoCapacity: no pod is free. BotFailure: the bot, its speech or its conversation flow fails. Silence: the caller is ' +
        'silent. CallerWish: the caller asks for a person. With a cause that is left out, the call ends with a spoken apology instead.',
      z.enum(CAUSES).describe('One cause.'),
      { min: 1, max: CAUSES.length },
    ).default([...CAUSES]),
    say: text(
      'What the bot says before, in the language of the bot. It is not said when no pod takes the call and an edge transfers the ' +
        'caller. Absent: a short built-in sentence.',
      500,
    ).optional(),
  },
)

const PERCENT = /^[0-9]{1,3}%$/
const buffer = withRules(
  z
    .union([z.int().min(0), z.string().max(4)])
    .describe(
      'Number of free places that are kept ready for a peak: a number, such as 20, or a percentage of the live calls, such as 25%. ' +
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

const capacityShape = group('How many calls the bot carries, and how it scales. Scaling never cuts a call.', {
  scaling: choice(
    'Buffer: the operator follows the live calls plus buffer. External: replicas decides, for HPA, KEDA or kubectl scale.',
    ['Buffer', 'External'],
  ).default('Buffer'),
  callsPerPod: integer(
    'Maximum number of concurrent calls of one pod. The next call goes to another pod.',
    1,
    500,
  ).default(20),
  buffer: buffer.default('25%'),
  minReplicas: integer(
    'Minimum number of pods, also without calls. At least one for each zone in zones.',
    1,
    1000,
  ).default(3),
  maxReplicas: integer(
    'Maximum number of pods. Calls beyond their capacity go to the emergency number, not to a busy tone.',
    1,
    1000,
  ).default(10),
  replicas: integer(
    'The number of pods with scaling External. This is what the scale subresource reads and writes.',
    1,
    1000,
  ).optional(),
})

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

export const drainSchema = group(
  'How a pod drains before it exits: it takes no new call and waits for its live calls.',
  {
    deadlineSeconds: integer(
      'How long a draining pod waits for its last call, in seconds. After that its callers are transferred by the fallback, not cut. At 0 they are transferred immediately.',
      0,
      86400,
    ).default(3600),
  },
).prefault({})

const mediaShape = group('Protection of the call on the telephone side. It is never lowered automatically.', {
  sipTransport: choice(
    'Transport of calls to the bot. TLS: TLS only. TLSOrTCP: also TCP. Any: also UDP. With TCP and UDP the network can read who calls whom.',
    ['TLS', 'TLSOrTCP', 'Any'],
  ).default('TLS'),
  srtp: choice(
    'Encryption of the voice. Required: a call without SRTP is rejected with 488. Preferred: plain RTP is accepted from callers who do not offer SRTP. Disabled: plain RTP.',
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

const OBJECTIVE = /^9[0-9](\.[0-9]{1,3})?$/

export const sloSchema = group(
  'Service level objective of the calls to the bot, over 28 days. The alerts of the chart (metrics.rules) fire when its error budget is used up too fast.',
  {
    answeredPercent: withRules(
      z
        .string()
        .min(2)
        .max(6)
        .describe(
          'Share of calls that the bot answers in time or a person answers, in percent, as text such as "99.95", from 90 to 99.999. Calls that end by the caller\'s own doing are not counted.',
        ),
      matches(
        OBJECTIVE,
        'answeredPercent must be a percentage in quotes from 90 to 99.999, with at most three decimals, such as "99.95": below 90 no alert could fire in time, and 100 leaves no budget',
      ),
    ).default('99.9'),
    answerSeconds: integer(
      'Within how many seconds the bot must answer. A later answer does not count as answered, and a caller who hangs up later has been left aside.',
      1,
      60,
    ).default(3),
  },
).prefault({})

const CERTIFICATIONS = ['ISO27001', 'ISO27017', 'ISO27018', 'PCIDSS', 'HIPAA', 'HDS', 'SecNumCloud', 'SOC2'] as const

export const placementSchema = group(
  'Where the pods of the bot may run, and which servers they may use, within placement of the chart. The chart places edges, the embedded speech server and the store. Trunks are not checked.',
  {
    regions: setOf(
      'Regions of the nodes of its pods (label topology.kubernetes.io/region), and the declared regions of its speech servers and language models, and of the endpoints of its web services. ' +
        'A server or endpoint outside of them is rejected, and never used; an endpoint without a region is outside. Empty: those of the chart, or any.',
      labelValue('One region.'),
      { max: 16 },
    ).default([]),
    certifications: setOf(
      'Certifications that the nodes of its pods must have, as in their labels callbots.node-restriction.kubernetes.io/NAME, besides those of the chart. Empty: no others.',
      z.enum(CERTIFICATIONS).describe('One certification.'),
      { max: CERTIFICATIONS.length },
    ).default([]),
  },
).prefault({})

export const zonesSchema = setOf(
  "Zones that must each have a pod, as in the nodes' label topology.kubernetes.io/zone. Empty: all zones of the cluster.",
  labelValue('One zone.'),
  { max: 16 },
).default([])
