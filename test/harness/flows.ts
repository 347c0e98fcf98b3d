import { parse } from 'yaml'
import { parseFlow } from '../../src/api/parse-flow.ts'
import type { Flow } from '../../src/rules/flow/flow.ts'
import { advanceConversation, prepareFlow, startConversation, type Script } from '../../src/conversation/engine.ts'
import type { ConversationContext, ConversationEvent, ConversationState, Effect } from '../../src/conversation/types.ts'
import { NOW } from './hearing.ts'

/** A flow as people write it, defaults filled in. */
export function aFlow(yaml: string): Flow {
  const parsed = parseFlow(parse(yaml))
  if ('problems' in parsed)
    throw new Error(parsed.problems.map(({ path, message }) => `${path}: ${message}`).join('\n'))
  return parsed.value
}

export const inFrance: ConversationContext = {
  language: 'fr-FR',
  fallback: { causes: ['NoCapacity', 'BotFailure', 'Silence', 'CallerWish'] },
}

/** One question and a way on: `slot` and more are put into the ask step. */
export const asking = (ask: string): Flow =>
  aFlow(`steps:
  - name: question
    ask: { text: 'Alors ?', field: value, ${ask} }
    next: done
  - name: done
    hangUp: { say: 'Compris : {value}.' }`)

/** A call that is played by hand. */
export class PlayedCall {
  state: ConversationState
  effects: readonly Effect[]
  private readonly script: Script

  /** @param context.collect the values that may leave the bot; whatever the flow names, by default */
  constructor(flow: Flow, context: ConversationContext & { collect?: readonly string[] } = inFrance) {
    const { collect = JSON.stringify(flow).match(/[a-z][a-zA-Z0-9]*/g) ?? [] } = context
    this.script = prepareFlow(flow, context)
    ;[this.state, this.effects] = startConversation(this.script, NOW, collect)
  }

  happen(event: ConversationEvent): this {
    ;[this.state, this.effects] = advanceConversation(this.script, this.state, event, NOW)
    return this
  }

  hears(text: string, confidence?: number): this {
    return this.happen({ type: 'Heard', text, ...(confidence === undefined ? {} : { confidence }) })
  }

  types(keys: string): this {
    for (const key of keys) this.happen({ type: 'Key', key })
    return this
  }

  silence(): this {
    return this.happen({ type: 'NoInput' })
  }

  /** What the last move says, in one line. */
  get said(): string {
    return this.effects.flatMap((effect) => (effect.type === 'Say' ? [effect.text] : [])).join(' ')
  }

  /** What the last move waits for. */
  get waits(): Effect | undefined {
    return this.effects.at(-1)
  }
}
