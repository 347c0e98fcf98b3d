import { named } from '../../runtime/log-fields.ts'
import { readFile } from 'node:fs/promises'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { ParsedFlow } from '../../api/flow-text.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { ReportedTest } from '../../rules/flow/test-results.ts'
import { createFlowReader } from '../../threads/flow-reader.ts'
import type { CallRule } from '../call/transition.ts'
import { advanceConversation, prepareFlow, startConversation, textsOf } from '../../conversation/engine.ts'
import type { Effect } from '../../conversation/types.ts'
import { createTestGate } from './test-gate.ts'

/** Why the dialog can't be used: what field, and what to do about it. */
export interface FlowProblem {
  readonly path: string
  readonly message: string
}

/** The dialog for calls that begin now. */
export interface FlowLoader {
  /** Undefined: there is none that could be used. */
  readonly current: PreparedFlow | undefined
  readonly problem: FlowProblem | undefined
  /** The first of the bot's own tests that the newest dialog fails: the one before stays, if there is one. */
  readonly failedTest: ReportedTest | undefined
  /** The newest dialog is played, and not used yet. */
  readonly isPlaying: boolean
  close(): void
}

export interface PreparedFlow {
  readonly flow: CallRule['flow']
  /** What a caller hears first, and what when all else fails. */
  readonly greeting: readonly string[]
  /** What a caller hears when nobody else can be reached either. */
  readonly apology: string
  /** All texts, those with a {field} too. */
  readonly texts: readonly string[]
}

/** A kubelet brings a changed ConfigMap within a minute or so. */
const LOOK_EVERY_MS = 5_000
/** Nobody waits for it: calls have the dialog before. */
const READ_MS = 30_000
/** How long tests keep the pod from opening. After that it tells that it lives, and they go on. */
const TESTS_WAIT_MS = 10_000

/**
 * The dialog of the configuration; or that of a file, which is looked at again and again. One that is valid and passes the bot's own tests
 * is for the next calls; any other is reported, and the one before stays.
 */
export async function openFlowLoader(o: {
  bot: BotConfiguration
  clock: Clock
  log: Log
  onChange: (dialog: PreparedFlow) => void
}): Promise<FlowLoader> {
  const { bot, clock, log } = o
  const testGate = createTestGate(o)
  const readFlows = createFlowReader({ milliseconds: READ_MS })
  let current: PreparedFlow | undefined
  let problem: FlowProblem | undefined
  let known: string | undefined
  let isClosed = false
  let cancel = () => {}
  const use = async (flow: Flow) => {
    if (!(await testGate.passes(flow)) || isClosed) return
    current = prepare(bot, flow, clock.wall())
    o.onChange(current)
  }

  async function look(from: string): Promise<void> {
    const read = await readFile(from, 'utf8').catch(() => undefined)
    if (read !== known || read === undefined) {
      known = read
      const [answer] = read === undefined ? [] : await readFlows([read])
      if (isClosed) return
      if (answer !== undefined && 'mayTryAgain' in answer) known = undefined
      const result = answer === undefined ? MISSING : resultOf(answer)
      problem = 'problem' in result ? result.problem : undefined
      if ('problem' in result) {
        testGate.forget()
        log.warn(
          { path: named(result.problem.path) },
          'the conversation flow is not valid; calls keep the flow before, if there is one',
        )
      } else await use(result.flow)
    }
    if (!isClosed) cancel = clock.after(LOOK_EVERY_MS, () => void look(from))
  }
  if (bot.dialog !== undefined) await atMost(clock, TESTS_WAIT_MS, use(bot.dialog))
  else if (bot.dialogFile !== undefined) await atMost(clock, TESTS_WAIT_MS, look(bot.dialogFile))
  else problem = { path: 'dialog', message: 'the bot has no conversation flow: add spec.dialog' }
  return {
    get current() {
      return current
    },
    get problem() {
      return problem
    },
    get failedTest() {
      return testGate.failed
    },
    get isPlaying() {
      return testGate.isPlaying
    },
    close() {
      isClosed = true
      cancel()
    },
  }
}

/** Waits for the work, but not for longer than that; it goes on. */
async function atMost(clock: Clock, milliseconds: number, work: Promise<void>): Promise<void> {
  const done = new AbortController()
  await Promise.race([work.finally(() => done.abort()), pause(clock, milliseconds, done.signal)])
}

type Flow = NonNullable<BotConfiguration['dialog']>

type Result = { readonly flow: Flow } | { readonly problem: FlowProblem }

const MISSING: Result = {
  problem: { path: '', message: 'the file is missing: put the conversation flow under that key of the ConfigMap' },
}

const resultOf = (read: ParsedFlow): Result => ('flow' in read ? read : { problem: read.problems[0]! })

function prepare(bot: BotConfiguration, flow: Flow, now: number): PreparedFlow {
  const script = prepareFlow(flow, { language: bot.language, fallback: bot.fallback })
  const { apology } = script.language.phrases
  const [state, first] = startConversation(script, now, [])
  const [, last] = advanceConversation(script, state, { type: 'Trouble', cause: 'BotFailure' }, now)
  return {
    flow: {
      start: (at, collect) => startConversation(script, at, collect),
      advance: (before, event, at) => advanceConversation(script, before, event, at),
    },
    greeting: [...saidIn(first), ...saidIn(last), apology],
    apology,
    texts: textsOf(script),
  }
}

const saidIn = (effects: readonly Effect[]) => effects.flatMap((each) => (each.type === 'Say' ? [each.text] : []))
