import { z } from 'zod'
import type { ModelAnswer } from '../call/types.ts'
import type { AskModel } from '../../conversation/types.ts'
import { SpeechFault } from '../speech/speech-fault.ts'
import type { HttpAnswer, HttpPost } from '../speech/http-client.ts'
import { LONGEST_TEXT, type Provider, succeeded } from '../speech/openai-requests.ts'

/*
 * A step that a language model leads: the talk so far goes to POST /chat/completions of the OpenAI-compatible API, and one JSON object
 * comes back. What the model may do is said to it here, and held to by the dialog: it can neither collect nor end otherwise.
 */

/** Tokens: some forty seconds of speech. */
const LONGEST_ANSWER = 400

/** @param language such as fr-FR */
export function conversationRequest(
  provider: Provider,
  wait: AskModel,
  language: string,
): Pick<HttpPost, 'path' | 'headers' | 'body'> {
  const talk = wait.turns.map(({ role, text }) => ({ role: role === 'Caller' ? 'user' : 'assistant', content: text }))
  // Servers want a first word of the user; it is the bot that begins.
  const messages = talk.length === 0 ? [{ role: 'user', content: '(The caller is on the line. Speak first.)' }] : talk
  const body = {
    ...(provider.model === undefined ? {} : { model: provider.model }),
    messages: [{ role: 'system', content: `${wait.instructions}\n\n${rulesOf(wait, language)}` }, ...messages],
    response_format: { type: 'json_object' },
    max_tokens: LONGEST_ANSWER,
    temperature: 0.2,
  }
  return {
    path: '/chat/completions',
    headers: { 'content-type': 'application/json' },
    body: Buffer.from(JSON.stringify(body)),
  }
}

const FORMS: Readonly<Record<AskModel['collects'][number]['type'], string>> = {
  YesNo: 'yes or no',
  Digits: 'digits only',
  Date: 'YYYY-MM-DD',
  Time: 'HH:MM',
  Phone: 'with country code, such as +33639980042',
  Amount: 'a number with two decimals and the currency, such as 12.50 EUR',
  Choice: 'text',
  FreeText: 'text',
}

const formOf = (type: keyof typeof FORMS, choices: readonly string[] | undefined) =>
  choices === undefined ? FORMS[type] : `one of ${choices.map((each) => JSON.stringify(each)).join(', ')}`

function rulesOf({ collects, exits }: AskModel, language: string): string {
  return [
    `You talk with a caller on the telephone, in the language ${language}. Answer with one JSON object and nothing else:`,
    '{"say": "what the caller hears next: short, plain words, no lists, no markup", "collected": {}, "exit": null}',
    'collected holds only what the caller has really said, under these names:',
    ...collects.map(({ field, meaning, type, choices }) => `- ${field}: ${meaning} (${formOf(type, choices)})`),
    'exit stays null as long as the talk goes on; else it is one of these names:',
    ...exits.map(({ name, when }) => `- ${name}: ${when}`),
  ].join('\n')
}

const completion = z.object({ choices: z.array(z.object({ message: z.object({ content: z.string() }) })).min(1) })
const answer = z.object({
  say: z.string().max(2_000).nullish(),
  collected: z.record(z.string(), z.unknown()).nullish(),
  exit: z.string().nullish(),
})

/** @throws SpeechFault if it is not the object that was asked for */
export function conversationAnswerOf(from: HttpAnswer): ModelAnswer {
  const body = succeeded(from)
  if (body.length > LONGEST_TEXT) throw new SpeechFault('Broken', 'the answer is too long for words on the telephone')
  const content = completion.safeParse(json(body.toString())).data?.choices[0]?.message.content
  if (content === undefined) throw new SpeechFault('Broken', 'the answer is no chat completion')
  const { data } = answer.safeParse(json(content.replace(/^\s*```(?:json)?|```\s*$/g, '')))
  if (data === undefined)
    throw new SpeechFault('Broken', 'the model did not answer with the JSON object that it was asked for')
  const { say, exit } = data
  const collected = Object.entries(data.collected ?? {}).flatMap(([field, value]) =>
    typeof value === 'string' || typeof value === 'number' ? [[field, String(value)] as const] : [],
  )
  return {
    ...(typeof say === 'string' ? { say } : {}),
    ...(typeof exit === 'string' ? { exit } : {}),
    collected: Object.fromEntries(collected),
  }
}

function json(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
