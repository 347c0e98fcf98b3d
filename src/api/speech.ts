/** The servers for speech recognition, synthesis and language models, and turn-taking. */
import { z } from 'zod'
import { choice, group, integer, list, labelValue, secretKeyRef, text, webAddress } from './fields.ts'
import { notServed, when, withRules } from './rule.ts'

const type = choice(
  'Embedded: the server that is installed with the operator. It needs no key and sends nothing out of the cluster. ' +
    'OpenAICompatible: any server with the OpenAI-compatible API, such as a whisper server, vLLM, Speaches or a cloud.',
  ['Embedded', 'OpenAICompatible'],
).default('OpenAICompatible')

const common = {
  type,
  url: webAddress(
    'Base address of the API, such as https://speech.example.org/v1. Required with OpenAICompatible.',
  ).optional(),
  model: text('Name of the model on the server. Absent: the default of the server.', 200).optional(),
  region: labelValue(
    'OpenAICompatible: region in which the server processes data, as you declare it: it is compared with placement.regions, not proved. Required.',
  ).optional(),
  secretRef: secretKeyRef(
    'OpenAICompatible: the API key. The Secret must name the host of url in its key callbots.hosts. Absent: the server requires none.',
    'apiKey',
  ).optional(),
  timeoutMilliseconds: integer(
    'How long an answer may take, in milliseconds. After that the next provider gets the request as well.',
    100,
    60000,
  ).default(3000),
}

const voice = text('Name of the voice. Absent: the default of the server.', 100)

const WHAT = 'One server, used over HTTP.'
const speakerShape = group(WHAT, { ...common, voice: voice.optional() })
/** Recognition servers, and language models. */
const listenerShape = group(WHAT, { ...common, voice: notServed('voice', voice) })

type Provider = z.output<typeof speakerShape>

const needed = (name: 'url' | 'region', cure: string) =>
  when<Provider>(
    name,
    `self.type == 'Embedded' || has(self.${name})`,
    `${name} is needed with type OpenAICompatible: ${cure}`,
    (provider) => provider.type === 'Embedded' || provider[name] !== undefined,
  )

const unlessEmbedded = (name: 'url' | 'region' | 'secretRef', message: string) =>
  when<Provider>(
    name,
    `self.type != 'Embedded' || !has(self.${name})`,
    message,
    (provider) => provider.type !== 'Embedded' || provider[name] === undefined,
  )

const RULES = [
  needed('url', 'give the base address of the API, or set type to Embedded'),
  needed('region', 'say where the server works on what it is sent, such as eu-west-3'),
  unlessEmbedded('url', 'url must be absent with type Embedded: remove it, or set type to OpenAICompatible'),
  unlessEmbedded('region', 'region is not served by this version with type Embedded: remove it'),
  unlessEmbedded('secretRef', 'secretRef has no meaning with type Embedded, which asks for no key: remove it'),
]

const speaker = withRules(speakerShape, ...RULES)
const listener = withRules(listenerShape, ...RULES)

const providers = <S extends z.ZodObject>(what: string, schema: S) =>
  list(
    `The servers for ${what}, in order: the first is used, the next when it fails or is slow. Default: the embedded server.`,
    schema,
    { min: 1, max: 3 },
  ).prefault([{ type: 'Embedded' }] as z.input<S>[])

export const speechSchema = group(
  'The servers for speech recognition and synthesis. Default: the embedded server for both.',
  {
    asr: providers('speech recognition', listener),
    tts: providers('speech synthesis', speaker),
    vocabulary: list('Names and words of callers that a recogniser may not know.', text('One name or word.', 60), {
      max: 200,
    }).default([]),
  },
).prefault({})

const llmShape = group(
  'The language models for the llm steps of the conversation flow. Absent: the flow has no such step.',
  {
    providers: list('The servers, in order: the first is used, the next when it fails or is slow.', listener, {
      min: 1,
      max: 3,
    }),
  },
)

export const llmSchema = withRules(llmShape, {
  cel: "self.providers.all(p, p.type != 'Embedded')",
  message:
    'providers of llm must not be of type Embedded, for no language model is installed with the operator: give a url',
  path: ['providers'],
  holds: ({ providers }) => providers.every(({ type }) => type !== 'Embedded'),
})

export const turnTakingSchema = group('Turn-taking between bot and caller.', {
  endOfTurnMilliseconds: integer(
    'How long the caller must be silent before the turn of the bot starts, in milliseconds. A lower value is faster, a higher one interrupts callers less often.',
    200,
    3000,
  ).default(700),
  silenceSeconds: integer(
    'Number of seconds without a word from the caller, over all reprompts, after which the cause Silence of the fallback applies.',
    10,
    300,
  ).default(30),
  stuckSeconds: integer(
    'Number of seconds without an answer of the bot, after which the cause BotFailure of the fallback applies.',
    3,
    60,
  ).default(10),
  longestCallSeconds: integer(
    'Maximum length of a call, in seconds. After that the caller is transferred by the fallback.',
    60,
    14400,
  ).default(3600),
}).prefault({})
