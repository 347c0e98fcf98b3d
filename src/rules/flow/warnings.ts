import { type Check, each, type Findings, stepPath, mergeFindings, warning } from './findings.ts'
import type { Ask, FlowStep, SlotType } from './flow.ts'

/** About twenty seconds of speech, in characters. */
const LONG_TEXT = 300
/** Names of values that nobody should say aloud in a tram. */
const SECRET =
  /^(pin|otp|cvv|cvc|iban)|(pass(word|code)|motdepasse|secret|pincode|codepin|cardnumber|numerocarte|cartebancaire|securitesociale|ssn)/i
/** Answers that callers say in many ways, and that a repetition of the same question helps little with. */
const HARD: readonly SlotType[] = ['Date', 'Time', 'Phone', 'Amount']
/** Answers that are wrong without a sign when one word was misheard. */
const EASILY_WRONG: readonly SlotType[] = ['Date', 'Time', 'Phone', 'Amount', 'Digits']
/** How long a question itself is spoken, roughly, in seconds: its silence counts too. */
const QUESTION_SECONDS = 3

/** What is legal and what callers would suffer from. */
export const advise: Check = (flow, facts) =>
  mergeFindings([
    each(flow.steps, (step, index) => adviseStep(step, stepPath(facts, index))),
    each(flow.steps, ({ ask }, index) => (ask === undefined ? [] : adviseSilence(ask, facts, stepPath(facts, index)))),
    adviseFallback(flow, facts),
    adviseTests(flow, facts),
  ])

function adviseStep({ say, ask }: FlowStep, path: string): Findings[] {
  const isLong = say !== undefined && say.bargeIn === 'Refused' && say.text.length > LONG_TEXT
  const long = isLong
    ? [
        warning(
          `${path}.say.bargeIn`,
          `callers can not interrupt some ${Math.round(say.text.length / 15)} seconds of speech: shorten the text, or allow bargeIn`,
        ),
      ]
    : []
  return ask === undefined ? long : [...long, ...adviseAsk(ask, path)]
}

function adviseAsk(ask: Ask, path: string): Findings[] {
  const { slot, field, keys, confirm, reprompts, sensitivity } = ask
  const found: Findings[] = []
  const isSecret = SECRET.test(field) && slot.type !== 'FreeText'
  if (isSecret && sensitivity !== 'Secret') {
    found.push(
      warning(
        `${path}.ask.sensitivity`,
        `${field} looks like a secret and may be said aloud, spoken and handed over: set sensitivity to Secret and keys to Only`,
      ),
    )
  }
  if (HARD.includes(slot.type) && reprompts.length === 0 && keys !== 'Only') {
    found.push(
      warning(
        `${path}.ask.reprompts`,
        `a ${slot.type} is said in many ways, and without reprompts the same question is only repeated once: add a text with an example`,
      ),
    )
  }
  if (EASILY_WRONG.includes(slot.type) && confirm === 'Never' && keys !== 'Only') {
    found.push(
      warning(
        `${path}.ask.confirm`,
        `a ${slot.type} that was misrecognised is not noticed: set confirm to WhenUnsure or Always`,
      ),
    )
  }
  if ((slot.type === 'Phone' || slot.type === 'Digits') && keys === 'Refused') {
    found.push(
      warning(
        `${path}.ask.keys`,
        `whoever is not understood can not type the ${slot.type} either: set keys to Allowed`,
      ),
    )
  }
  return found
}

/** The watchdog for silence must not come before the way out that the step itself has. */
function adviseSilence(ask: Ask, { bot }: Parameters<Check>[1], path: string): Findings[] {
  const { turnTaking } = bot
  if (turnTaking === undefined || ask.noInput === undefined) return []
  const rounds = Math.max(1, ask.reprompts.length) + 1
  const seconds = rounds * ask.noInputSeconds + (rounds - 1) * QUESTION_SECONDS
  return seconds <= turnTaking.silenceSeconds
    ? []
    : [
        warning(
          `${path}.ask.noInput`,
          `a silent caller comes here only after some ${seconds} seconds, and spec.turnTaking.silenceSeconds ` +
            `(${turnTaking.silenceSeconds}) ends the silence before: raise it, or lower noInputSeconds`,
        ),
      ]
}

const adviseFallback: Check = (flow, { bot }) => {
  const asks = flow.steps.flatMap(({ ask }) => (ask === undefined ? [] : [ask]))
  const missing = [
    { cause: 'Silence', needed: asks.some(({ noInput }) => noInput === undefined), who: 'who stays silent' },
    { cause: 'BotFailure', needed: asks.some(({ noMatch }) => noMatch === undefined), who: 'who is not understood' },
  ] as const
  return each(missing, ({ cause: missed, needed, who }) =>
    needed && !bot.fallback.causes.includes(missed)
      ? [
          warning(
            'spec.fallback.causes',
            `a caller ${who} hears an apology and is hung up on: add ${missed}, or give every ask a way out`,
          ),
        ]
      : [],
  )
}

const adviseTests: Check = (_flow, { bot }) =>
  bot.tests.length > 0
    ? mergeFindings([])
    : warning('spec.tests', 'no conversation tests this bot before it takes calls: add one with the usual answers')
