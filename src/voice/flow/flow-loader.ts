import { readFile } from 'node:fs/promises'
import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { DialogRead } from '../../api/flow-text.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { ToldTest } from '../../rules/flow/test-results.ts'
import { createDialogReader } from '../../threads/flow-reader.ts'
import type { CallRule } from '../call/transition.ts'
import { advanceDialog, prepareDialog, startDialog, textsOf } from '../../conversation/engine.ts'
import type { Effect } from '../../conversation/types.ts'
import { createTrial } from './test-gate.ts'

/** Why the dialog can't be used: what field, and what to do about it. */
export interface DialogProblem {
  readonly path: string
  readonly message: string
}

/** The dialog for calls that begin now. */
export interface Dialogs {
  /** Undefined: there is none that could be used. */
  readonly current: PreparedDialog | undefined
  readonly problem: DialogProblem | undefined
  /** The first of the bot's own tests that the newest dialog fails: the one before stays, if there is one. */
  readonly failedTest: ToldTest | undefined
  /** The newest dialog is played, and not used yet. */
  readonly isPlaying: boolean
  close(): void
}

export interface PreparedDialog {
  readonly dialog: CallRule['dialog']
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
 * is for the next calls; any other is told, and the one before stays.
 */
export async function openDialogs(o: {
  bot: BotConfiguration
  clock: Clock
  log: Log
  onChange: (dialog: PreparedDialog) => void
}): Promise<Dialogs> {
  const { bot, clock, log } = o
  const trial = createTrial(o)
  const readDialogs = createDialogReader({ milliseconds: READ_MS })
  let current: PreparedDialog | undefined
  let problem: DialogProblem | undefined
  let known: string | undefined
  let isClosed = false
  let cancel = () => {}
  const use = async (flow: Flow) => {
    if (!(await trial.passes(flow)) || isClosed) return
    current = prepare(bot, flow, clock.wall())
    o.onChange(current)
  }

  async function look(from: string): Promise<void> {
    const read = await readFile(from, 'utf8').catch(() => undefined)
    if (read !== known || read === undefined) {
      known = read
      const [answer] = read === undefined ? [] : await readDialogs([read])
      if (isClosed) return
      if (answer !== undefined && 'mayTryAgain' in answer) known = undefined
      const result = answer === undefined ? MISSING : resultOf(answer)
      problem = 'problem' in result ? result.problem : undefined
      if ('problem' in result) {
        trial.forget()
        log.warn({ path: result.problem.path }, 'the dialog can not be used; the one before stays')
      } else await use(result.flow)
    }
    if (!isClosed) cancel = clock.after(LOOK_EVERY_MS, () => void look(from))
  }
  if (bot.dialog !== undefined) await atMost(clock, TESTS_WAIT_MS, use(bot.dialog))
  else if (bot.dialogFile !== undefined) await atMost(clock, TESTS_WAIT_MS, look(bot.dialogFile))
  else problem = { path: 'dialog', message: 'the bot has no dialog: give it one' }
  return {
    get current() {
      return current
    },
    get problem() {
      return problem
    },
    get failedTest() {
      return trial.failed
    },
    get isPlaying() {
      return trial.isPlaying
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

type Result = { readonly flow: Flow } | { readonly problem: DialogProblem }

const MISSING: Result = {
  problem: { path: '', message: 'the file is missing: put the dialog under that key of the ConfigMap' },
}

const resultOf = (read: DialogRead): Result => ('flow' in read ? read : { problem: read.problems[0]! })

function prepare(bot: BotConfiguration, flow: Flow, now: number): PreparedDialog {
  const script = prepareDialog(flow, { language: bot.language, fallback: bot.fallback, collect: bot.collect })
  const { apology } = script.language.phrases
  const [state, first] = startDialog(script, now)
  const [, last] = advanceDialog(script, state, { type: 'Trouble', cause: 'BotFailure' }, now)
  return {
    dialog: {
      start: (at) => startDialog(script, at),
      advance: (before, event, at) => advanceDialog(script, before, event, at),
    },
    greeting: [...saidIn(first), ...saidIn(last), apology],
    apology,
    texts: textsOf(script),
  }
}

const saidIn = (effects: readonly Effect[]) => effects.flatMap((each) => (each.type === 'Say' ? [each.text] : []))
