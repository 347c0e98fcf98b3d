/**
 * The configuration that the operator gives to the pods of a bot, as `bot.json` in an immutable ConfigMap: the parts of the spec that a call
 * depends on, defaults filled in. What only the operator or the edge acts upon (numbers, replicas, zones) is not in it, so
 * that changing it replaces no pod.
 */
import { z } from 'zod'
import { conversationSchema, flowSchema } from './flow.ts'
import {
  choice,
  fieldName,
  group,
  instant,
  integer,
  labelValue,
  list,
  listBy,
  objectName,
  setOf,
  text,
} from './fields.ts'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from './retention-policy.ts'
import { httpSchema } from './integration-http.ts'
import { sipSchema, srtpSchema } from './integration-sip.ts'
import * as service from './service.ts'
import { llmSchema, speechSchema, turnTakingSchema } from './speech.ts'

/** The addresses of trunks concern only the edges: adding, removing or moving a trunk replaces no pod. */
const trunksSchema = group('The configuration of the trunks that a pod needs.', {
  media: setOf('The SRTP modes of the trunks, each once.', srtpSchema, { max: 3 }),
  transferMethods: sipSchema.shape.transferMethods,
  handOver: sipSchema.shape.handOver,
  callerNumber: sipSchema.shape.callerNumber,
  userAgent: sipSchema.shape.userAgent,
})

const life = integer('Seconds.', 1, LONGEST_LIFE_SECONDS).optional()

const integrationSchema = group('One Integration that the bot may use.', {
  name: objectName('Its name.'),
  sip: trunksSchema.optional(),
  http: httpSchema.optional(),
})

export const botConfigurationSchema = group('The configuration of a pod of the bot.', {
  language: text('The language of the bot, such as fr-FR.', 5),
  dialog: flowSchema.optional(),
  dialogFile: text('Path of the conversation flow when it comes from a ConfigMap of the user.', 300).optional(),
  tests: listBy('name', 'Conversations that the flow must pass before the pod takes a call.', conversationSchema, {
    max: 30,
  }).default([]),
  testsAt: instant(
    'Time at which the tests take place: "tomorrow" is the same day for all pods of a version, so that a test that passed once passes again. Absent: now.',
  ).optional(),
  speech: speechSchema,
  llm: llmSchema.optional(),
  turnTaking: turnTakingSchema,
  fallback: service.fallbackSchema,
  media: service.mediaSchema,
  capacity: group('The part of the capacity that one pod needs.', {
    callsPerPod: integer('Maximum number of concurrent calls of the pod.', 1, 500),
  }),
  drain: service.drainSchema,
  collect: list('The values that may leave the bot. Absent: none.', fieldName('Name of one value.'), {
    max: 100,
  }).optional(),
  callMetadata: choice(
    'Kept: the pod may log each call, with its length and its result. NotKept: it logs faults alone, and no call.',
    ['Kept', 'NotKept'],
  ).default('NotKept'),
  keep: group('What is kept of calls. Absent: nothing.', {
    policy: objectName('The RetentionPolicy.'),
    records: text('HOST:PORT of the program records of the namespace.', 300),
    lives: group(
      'Seconds from the end of a call to the expiry of its records, by class. A missing class is not kept.',
      {
        CallerNumber: life,
        CallMetadata: life,
        Transcript: life,
        Recording: life,
        CollectedFields: life,
        Diagnostics: life,
      },
    ),
    deliver: list('The classes that are delivered to the client.', choice('One class.', DATA_CLASSES), {
      max: DATA_CLASSES.length,
    }).optional(),
  }).optional(),
  regions: setOf('Regions in which web services may process data. Absent: any.', labelValue('One region.'), {
    max: 16,
  }).optional(),
  integrations: list(
    'The Integrations that the bot may use. One that does not exist yet has only its name.',
    integrationSchema,
    {
      max: 20,
    },
  ),
})

export type BotConfiguration = z.output<typeof botConfigurationSchema>
export type BotIntegration = BotConfiguration['integrations'][number]
