import { advanceConversation, startConversation, type Script } from '../conversation/engine.ts'
import type { ConversationEvent, ConversationState, Effect, Wait } from '../conversation/types.ts'

/** The terminal, line by line. */
export interface Terminal {
  /** The next line; undefined when there is none any more. */
  read(prompt: string): Promise<string | undefined>
  write(line: string): void
}

export interface ConversationOptions {
  readonly script: Script
  readonly terminal: Terminal
  readonly now: () => number
  /** Names of the values that may leave the bot. */
  readonly collect: readonly string[]
}

/** A conversation by text: what is typed is heard, `#1234#` are keys, an empty line is silence. Ends as the dialog does. */
export async function converse({ script, terminal, now, collect }: ConversationOptions): Promise<void> {
  let [state, effects] = startConversation(script, now(), collect)
  for (;;) {
    show(effects, terminal)
    const wait = waitOf(effects)
    if (wait !== undefined && isOver(wait)) return terminal.write(endingOf(wait))
    const events = await ask(wait, state, terminal)
    if (events === undefined) return terminal.write('(the caller hangs up)')
    const collected = { ...state.collected }
    const all: Effect[] = []
    for (const event of events) {
      const [next, more] = advanceConversation(script, state, event, now())
      state = next
      all.push(...more)
    }
    effects = keepLastWait(all)
    for (const [field, value] of Object.entries(state.collected)) {
      if (collected[field] !== value) terminal.write(`      ${field} = ${value}`)
    }
  }
}

const waitOf = (effects: readonly Effect[]): Wait | undefined => {
  const last = effects.at(-1)
  return last === undefined || last.type === 'Say' ? undefined : last
}

const isOver = ({ type }: Wait) => type === 'HangUp' || type === 'Fallback'

/** Several keys are several moves: each but the last wait is over when the next key comes. */
const keepLastWait = (effects: readonly Effect[]): Effect[] =>
  effects.filter((effect, index) => effect.type === 'Say' || index === effects.length - 1)

function show(effects: readonly Effect[], terminal: Terminal): void {
  for (const effect of effects) if (effect.type === 'Say') terminal.write(`[${effect.step}] ${effect.text}`)
}

function endingOf(wait: Wait): string {
  if (wait.type === 'Fallback') return `(put through to the emergency number: ${wait.cause})`
  return '(the bot hangs up)'
}

/** What happens next, by what is typed; undefined when nothing more is. */
async function ask(
  wait: Wait | undefined,
  state: ConversationState,
  terminal: Terminal,
): Promise<ConversationEvent[] | undefined> {
  switch (wait?.type) {
    case 'RequestOperation':
      return askOperation(wait, terminal)
    case 'AskModel':
      return askModel(wait, terminal)
    case 'Transfer': {
      const line = await terminal.read(`(transfer to ${wait.to}; does somebody answer? y/n) `)
      if (line === undefined || !/^n/i.test(line.trim())) return undefined
      return [{ type: 'TransferFailed' }]
    }
    default: {
      const line = await terminal.read(state.waitsFor === 'Confirmation' ? '(is that right?) > ' : '> ')
      return line === undefined ? undefined : heardIn(line)
    }
  }
}

/** `#` and keys; else words; else silence. */
export function heardIn(line: string): ConversationEvent[] {
  const text = line.trim()
  if (text === '') return [{ type: 'NoInput' }]
  const keys = /^#([0-9*#]+)$/.exec(text)?.[1]
  if (keys === undefined) return [{ type: 'Heard', text }]
  return [...keys].map((key) => ({ type: 'Key', key }))
}

type RequestOperation = Extract<Wait, { type: 'RequestOperation' }>

/** The person at the terminal is the client's system: `Reserve heure=09:30`. */
async function askOperation(wait: RequestOperation, terminal: Terminal): Promise<ConversationEvent[] | undefined> {
  const input = Object.entries(wait.input).map(([name, value]) => `${name}=${value}`)
  terminal.write(`      ${wait.integration}/${wait.operation} ${input.join(' ')}`)
  const line = await terminal.read('(outcome and name=value of what comes back; empty: Failed) ')
  if (line === undefined) return undefined
  const [outcome = '', ...pairs] = line.trim().split(/(?<=\S)\s+(?=\S+$|[A-Za-z]\w*=)/)
  const output = Object.fromEntries(
    pairs.map((pair) => [pair.slice(0, pair.indexOf('=')), pair.slice(pair.indexOf('=') + 1)]),
  )
  return [{ type: 'OperationEnded', outcome: outcome === '' ? 'Failed' : outcome, output }]
}

type AskModel = Extract<Wait, { type: 'AskModel' }>

/** The person at the terminal is the language model too: words, or `/exit NAME field=value`. */
async function askModel(wait: AskModel, terminal: Terminal): Promise<ConversationEvent[] | undefined> {
  const exits = wait.exits.map(({ name }) => name).join(', ')
  const line = await terminal.read(`(you are the model: words, or /exit with one of ${exits}; empty: it fails) `)
  if (line === undefined) return undefined
  const text = line.trim()
  if (text === '') return [{ type: 'ModelFailed' }]
  const [command, exit, ...rest] = text.split(/\s+/)
  if (command !== '/exit' || exit === undefined) return [{ type: 'ModelAnswered', say: text }]
  const pairs = rest.filter((pair) => pair.includes('='))
  const collected = Object.fromEntries(pairs.map((pair) => pair.split('=') as [string, string]))
  return [{ type: 'ModelAnswered', exit, collected }]
}
