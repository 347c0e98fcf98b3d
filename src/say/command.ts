import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Callbot } from '../api/callbot.ts'
import { type Manifests, readManifests } from '../api/manifests.ts'
import { checkFlow } from '../rules/flow/check.ts'
import { dialogOf, factsFor } from '../rules/flow/from-manifests.ts'
import { callPolicyOf } from '../rules/policy-order.ts'
import { runConversation } from '../conversation/test-player.ts'
import { prepareFlow, type Script } from '../conversation/engine.ts'
import { problemLines, testLines } from './test-report.ts'
import { converse, type ConversationOptions } from './text-call.ts'
import { openTerminal } from './terminal.ts'

export interface SayOptions {
  /** Paths; "-" for standard input, which then leaves none to talk by. */
  readonly file: readonly string[]
  readonly bot?: string
  readonly runTests?: boolean
  /** When the conversation takes place, RFC 3339. */
  readonly at?: string
}

/** What the program ends with. */
export const EXIT = { fine: 0, testFailed: 1, invalid: 2 } as const

/** Talks with a bot by text, or plays its tests. Returns the exit code. */
export async function run(options: SayOptions, output: NodeJS.WritableStream = process.stdout): Promise<number> {
  const write = (line: string) => void output.write(`${line}\n`)
  const declared = readManifests(await Promise.all(options.file.map(readSource)))
  if (declared.problems.length > 0) {
    problemLines('Error', declared.problems).forEach(write)
    return EXIT.invalid
  }
  const bots = declared.bots.filter(({ metadata }) => options.bot === undefined || metadata.name === options.bot)
  const [bot] = bots
  if (bot === undefined || (bots.length > 1 && options.runTests !== true)) {
    const names = declared.bots.map(({ metadata }) => metadata.name).join(', ')
    write(`Error: name one bot by --bot; the files hold: ${names === '' ? 'none' : names}`)
    return EXIT.invalid
  }
  const now = options.at === undefined ? Date.now() : Date.parse(options.at)
  if (Number.isNaN(now)) {
    write(`Error: --at ${options.at}: write it as 2026-11-24T12:00:00Z`)
    return EXIT.invalid
  }
  if (options.runTests === true) return Math.max(...bots.map((each) => runTests(each, declared, now, write)))
  const script = prepare(bot, declared, write)
  if (script === undefined) return EXIT.invalid
  await converseInTerminal(script, output, {
    collect: mayLeave(bot, declared),
    now: options.at === undefined ? Date.now : () => now,
  })
  return EXIT.fine
}

async function readSource(file: string): Promise<{ name: string; text: string }> {
  return { name: file, text: file === '-' ? await text(process.stdin) : await readFile(file, 'utf8') }
}

/** The dialog, checked as at `kubectl apply`; undefined when it has errors, which were written. */
function prepare(bot: Callbot, declared: Manifests, write: (line: string) => void): Script | undefined {
  const dialog = dialogOf(bot, declared)
  if ('problems' in dialog) return void problemLines('Error', dialog.problems).forEach(write)
  const { errors, warnings } = checkFlow(dialog.flow, factsFor(bot, declared, dialog.path))
  problemLines('Error', errors).forEach(write)
  problemLines('Warning', warnings).forEach(write)
  return errors.length > 0 ? undefined : prepareFlow(dialog.flow, bot.spec)
}

function runTests(bot: Callbot, declared: Manifests, now: number, write: (line: string) => void): number {
  write(`${bot.metadata.namespace ?? 'default'}/${bot.metadata.name}: ${bot.spec.tests.length} tests`)
  const script = prepare(bot, declared, write)
  if (script === undefined) return EXIT.invalid
  const played = bot.spec.tests.map((test) => ({ test, played: runConversation(script, test, now) }))
  played.flatMap((each) => testLines(each.test, each.played)).forEach(write)
  return played.every((each) => each.played.faults.length === 0) ? EXIT.fine : EXIT.testFailed
}

/** Names of the values that may leave the bot, by the policy of the same files. */
function mayLeave(bot: Callbot, declared: Manifests): readonly string[] {
  const { policy } = factsFor(bot, declared, '')
  return policy === undefined || policy === 'unknown' ? [] : callPolicyOf(policy).collect
}

async function converseInTerminal(
  script: Script,
  output: NodeJS.WritableStream,
  o: Pick<ConversationOptions, 'now' | 'collect'>,
): Promise<void> {
  const terminal = openTerminal(process.stdin, output)
  terminal.write('What you type is heard. #1234 are keys, an empty line is silence, Ctrl-D hangs up.')
  try {
    await converse({ script, terminal, ...o })
  } finally {
    terminal.close()
  }
}
