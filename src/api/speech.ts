/** Where hearing, speaking and free talk come from, and how turns are taken. */
import { z } from 'zod'
import { choice, group, integer, list, labelValue, secretKeyRef, text, webAddress } from './fields.ts'
import { notServed, when, withRules } from './rule.ts'

const type = choice(
  'Embedded: the server that is installed with the operator; needs no key and sends nothing outside the cluster. ' +
    'OpenAICompatible: any server with the OpenAI-compatible API, such as a whisper server, vLLM, Speaches or a cloud.',
  ['Embedded', 'OpenAICompatible'],
).default('OpenAICompatible')

const common = {
  type,
  url: webAddress(
    'Base address of the API, such as https://speech.example.org/v1. Needed with OpenAICompatible.',
  ).optional(),
  model: text('Name of the model, as the server knows it. Absent: the default of the server.', 200).optional(),
  region: labelValue(
    'OpenAICompatible: where the server works on what it is sent. Needed, so that data stays where placement.regions says.',
  ).optional(),
  secretRef: secretKeyRef(
    'OpenAICompatible: the API key. The Secret names the host of url in its key callbots.hosts. Absent: the server asks for none.',
    'apiKey',
  ).optional(),
  timeoutMilliseconds: integer(
    'How long an answer may take, in milliseconds; then the next provider is asked.',
    100,
    60000,
  ).default(3000),
}

const voice = text('Name of the voice. Absent: the default of the server.', 100)

const WHAT = 'One server, asked over HTTP.'
const speakerShape = group(WHAT, { ...common, voice: voice.optional() })
/** Servers that hear, and language models. */
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
    `Who ${what}, in order: the first is asked, the next when it fails or is slow. Default: the embedded server.`,
    schema,
    { min: 1, max: 3 },
  ).prefault([{ type: 'Embedded' }] as z.input<S>[])

export const speechSchema = group('Which servers hear and speak. Without it the embedded server does both.', {
  asr: providers('turns speech into text (automatic speech recognition)', listener),
  tts: providers('turns text into speech', speaker),
  vocabulary: list(
    'Names and words that callers use and that a recogniser may not know.',
    text('One name or word.', 60),
    {
      max: 200,
    },
  ).default([]),
}).prefault({})

const llmShape = group('Which language models lead the llm steps of the dialog. Absent: the dialog has no such step.', {
  providers: list('The servers, in order: the first is asked, the next when it fails or is slow.', listener, {
    min: 1,
    max: 3,
  }),
})

export const llmSchema = withRules(llmShape, {
  cel: "self.providers.all(p, p.type != 'Embedded')",
  message:
    'providers of llm must not be of type Embedded, for no language model is installed with the operator: give a url',
  path: ['providers'],
  holds: ({ providers }) => providers.every(({ type }) => type !== 'Embedded'),
})

export const turnTakingSchema = group('How bot and caller take turns.', {
  endOfTurnMilliseconds: integer(
    'How long the caller must be silent before the bot takes the turn, in milliseconds. Less is livelier, more cuts fewer people off.',
    200,
    3000,
  ).default(700),
  silenceSeconds: integer(
    'After so many seconds without a word from the caller, over all reprompts, the cause Silence of the fallback applies.',
    10,
    300,
  ).default(30),
  stuckSeconds: integer(
    'After so many seconds in which the bot owes an answer, it counts as failed and the cause BotFailure of the fallback applies.',
    3,
    60,
  ).default(10),
  longestCallSeconds: integer(
    'The longest call, in seconds; then the caller is put through by the fallback.',
    60,
    14400,
  ).default(3600),
}).prefault({})
