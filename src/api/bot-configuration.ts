/**
 * What the operator tells the pods of a bot, as `bot.json` in an immutable ConfigMap: the parts of the spec that a call
 * depends on, defaults filled in. What only the operator or the edge acts upon (numbers, replicas, zones) is not in it, so
 * that changing it replaces no pod.
 */
import { z } from 'zod'
import { flowSchema } from './dialog.ts'
import { fieldName, group, integer, list, objectName, text } from './fields.ts'
import * as service from './service.ts'
import { llmSchema, speechSchema, turnTakingSchema } from './speech.ts'

export const botConfigurationSchema = group('What a pod of the bot is told.', {
  language: text('The language of the bot, such as fr-FR.', 5),
  dialog: flowSchema.optional(),
  dialogFile: text('Where the dialog lies when it comes from a ConfigMap of the user.', 300).optional(),
  speech: speechSchema,
  llm: llmSchema.optional(),
  turnTaking: turnTakingSchema,
  fallback: service.fallbackSchema,
  media: service.mediaSchema,
  capacity: group('Of the capacity, what one pod needs to know.', {
    callsPerPod: integer('Calls that the pod carries at the same time.', 1, 500),
  }),
  drain: service.drainSchema,
  collect: list(
    'The values that may be kept or handed over. Absent: nothing is kept.',
    fieldName('Name of one value.'),
    {
      max: 100,
    },
  ).optional(),
  integrations: list(
    'The Integrations that the bot may use.',
    group('One Integration.', { name: objectName('Its name.') }),
    { max: 20 },
  ),
})

export type BotConfiguration = z.output<typeof botConfigurationSchema>
