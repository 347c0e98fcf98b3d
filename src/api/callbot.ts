/** Callbot (`bot`): a bot that answers numbers, and all that keeps it answering. */
import { z } from 'zod'
import { callbotStatusSchema } from './callbot-status.ts'
import { conversationSchema, dialogSchema } from './flow.ts'
import { e164, group, listBy, localRef, objectName, setOf } from './fields.ts'
import { kindOf } from './object.ts'
import { matches, when, withRules } from './rule.ts'
import * as service from './service.ts'
import { llmSchema, speechSchema, turnTakingSchema } from './speech.ts'

const language = withRules(
  z.string().min(1).max(5).describe('The language of the bot, as language and country: fr-FR, fr-CA, en-GB, ...'),
  matches(/^(fr|en)-[A-Z]{2}$/, 'language must be French or English with a country, such as fr-FR, fr-CA or en-GB'),
)

const shape = group('The desired state of the bot.', {
  numbers: setOf(
    'The numbers on which the bot answers. A number belongs to one Callbot of the installation; the older one keeps it.',
    e164('One number in E.164, such as +33123456789.'),
    { min: 1, max: 100 },
  ),
  language,
  dialog: dialogSchema,
  tests: listBy(
    'name',
    'Conversations that a new version must pass before it takes a call. A failing one stops the rollout; the old version keeps taking calls.',
    conversationSchema,
    { max: 30 },
  ).default([]),
  speech: speechSchema,
  llm: llmSchema.optional(),
  turnTaking: turnTakingSchema,
  integrationRefs: listBy(
    'name',
    "The Integrations that the bot uses: the client's telephone system and web services.",
    group('One Integration.', { name: objectName('Name of the Integration, in the same namespace.') }),
    { min: 1, max: 20 },
  ),
  fallback: service.fallbackSchema,
  capacity: service.capacitySchema.prefault({}),
  zones: service.zonesSchema,
  drain: service.drainSchema,
  retentionPolicyRef: localRef(
    'The RetentionPolicy of the bot: which records of its calls are kept, for how long, where they are delivered, and by collect which values may leave the bot. Absent: nothing is kept or delivered, and no value may leave.',
    'RetentionPolicy',
  ).optional(),
  media: service.mediaSchema,
  slo: service.sloSchema,
  placement: service.placementSchema,
})

type Spec = z.output<typeof shape>
const providersOf = ({ speech, llm }: Spec) => [...speech.asr, ...speech.tts, ...(llm?.providers ?? [])]

const inside = (providers: string) => `${providers}.all(p, !has(p.region) || p.region in self.placement.regions)`

const callbotSpecSchema = withRules(
  shape,
  when<Spec>(
    'fallback',
    'self.integrationRefs.exists(r, r.name == self.fallback.integrationRef.name)',
    'fallback.integrationRef must be listed in integrationRefs: add it there, or name one that is',
    (spec) => spec.integrationRefs.some(({ name }) => name === spec.fallback.integrationRef.name),
  ),
  when<Spec>(
    'fallback',
    '!(self.fallback.number in self.numbers)',
    'fallback.number must not be one of numbers, or callers would come back to the bot: give the number of people',
    (spec) => !spec.numbers.includes(spec.fallback.number),
  ),
  when<Spec>(
    'capacity',
    'self.capacity.minReplicas >= self.zones.size()',
    'capacity.minReplicas must be at least the number of zones, so that each zone has a pod: raise it or name fewer zones',
    ({ capacity, zones }) => capacity.minReplicas >= zones.length,
  ),
  when<Spec>(
    'placement',
    `self.placement.regions.size() == 0 || (${['self.speech.asr', 'self.speech.tts'].map(inside).join(' && ')} && (!has(self.llm) || ${inside('self.llm.providers')}))`,
    'placement.regions must contain the declared region of every speech and llm provider: choose a provider inside, or add its region',
    (spec) =>
      spec.placement.regions.length === 0 ||
      providersOf(spec).every(({ region }) => region === undefined || spec.placement.regions.includes(region)),
  ),
)

/** A bot with such a name would get the certificate of that part: `NAME.NAMESPACE.svc`. */
const TAKEN_NAMES = ['edge', 'migrate', 'operator', 'postgres', 'records', 'speech', 'store', 'sweep'].map(
  (part) => `callbot-${part}`,
)

/** The whole object. A bot's name is at most 45 characters: pods, Secrets and labels are named after it. */
export const callbotSchema = kindOf({
  kind: 'Callbot',
  description:
    'A bot that answers calls on some numbers, in every zone, and transfers callers to people when it can not. ' +
    'kubectl get callbots shows its state.',
  spec: callbotSpecSchema,
  status: callbotStatusSchema,
  longestName: 45,
  takenNames: TAKEN_NAMES,
})

export type Callbot = z.output<typeof callbotSchema>
export type CallbotInput = z.input<typeof callbotSchema>
export type CallbotSpec = z.output<typeof callbotSpecSchema>
export type CallbotSpecInput = z.input<typeof callbotSpecSchema>
export type CallbotStatus = z.output<typeof callbotStatusSchema>
