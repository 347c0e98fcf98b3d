import type { Callbot } from '../api/callbot.ts'
import type { Manifests } from '../api/manifests.ts'
import { factsFor } from '../rules/flow/from-manifests.ts'
import { callPolicyOf } from '../rules/policy-order.ts'
import { prepareFlow } from '../conversation/engine.ts'
import { checkBot, EXIT, type FilesOptions, namesOf, readBots } from './files.ts'
import { problemLines } from './test-report.ts'
import { converse } from './text-call.ts'
import { openTerminal } from './terminal.ts'

/** The verb `say`: talks with a bot by text. @returns the exit code */
export async function run(options: FilesOptions, output: NodeJS.WritableStream = process.stdout): Promise<number> {
  const write = (line: string) => void output.write(`${line}\n`)
  const refuse = (...lines: string[]) => {
    lines.forEach(write)
    return EXIT.invalid
  }
  const read = await readBots(options)
  if ('problems' in read) return refuse(...problemLines('Error', read.problems))
  const { declared, bots, at } = read
  const [bot] = bots
  if (bots.length > 1) return refuse(`Error: name one bot by --bot; the files hold: ${namesOf(bots)}`)
  const { flow, errors, warnings } = checkBot(bot!, declared)
  problemLines('Warning', warnings).forEach(write)
  if (flow === undefined) return refuse(...problemLines('Error', errors))
  const terminal = openTerminal(process.stdin, output)
  terminal.write('What you type is heard. #1234 are keys, an empty line is silence, Ctrl-D hangs up.')
  try {
    const now = at === undefined ? Date.now : () => at
    await converse({ script: prepareFlow(flow, bot!.spec), terminal, now, collect: mayLeave(bot!, declared) })
  } finally {
    terminal.close()
  }
  return EXIT.fine
}

/** Names of the values that may leave the bot, by the policy of the same files. */
function mayLeave(bot: Callbot, declared: Manifests): readonly string[] {
  const { policy } = factsFor(bot, declared, '')
  return policy === undefined || policy === 'unknown' ? [] : callPolicyOf(policy).collect
}
