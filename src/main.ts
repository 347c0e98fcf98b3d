import { Command } from 'commander'
import type { PlayTests } from './rules/dialog/tests.ts'

/**
 * One image, several programs. Each is imported only when it is asked for: a bot pod carries nothing of the operator in
 * its memory.
 */
const program = new Command('callbot')
  .description('No caller left aside, no byte kept too long, and both proved.')
  .showHelpAfterError()

program
  .command('operator')
  .description('watch Callbots and make the cluster as they say (runs in the chart, two replicas)')
  .action(async () => {
    // Who applies a bot is told of its failing tests: played as pods play them, by an engine that comes with the first of them.
    const playTests: PlayTests = async (o) =>
      o.bot.tests.length === 0 ? { failed: [], unplayed: 0 } : (await import('./voice/tests.ts')).playTests(o)
    await (await import('./operator/main.ts')).run(process.env, playTests)
  })

program
  .command('voice')
  .description('answer calls: the program of a bot pod')
  .action(async () => (await import('./voice/main.ts')).run([], process.env))

program
  .command('listen')
  .description('print the turns of all calls of a bot pod as they happen, one JSON line each (kubectl exec POD -- ...)')
  .option('--socket <path>', 'where the pod tells them', '/tmp/callbot-turns.sock')
  .action(async ({ socket }) => {
    const onListening = () => process.stderr.write('listening\n')
    await (await import('./voice/listen.ts')).run({ socket, output: process.stdout, onListening })
  })

program
  .command('speech')
  .description('hear and speak for bots: the embedded speech server, OpenAI-compatible')
  .action(async () => (await import('./speech/main.ts')).run(process.env))

program
  .command('edge-agent')
  .description('keep the SIP proxy beside it in step with routes and pods (runs in the chart, in every zone)')
  .action(async () => (await import('./edge/main.ts')).run(process.env))

program
  .command('plan')
  .description('print what the operator would do about the manifests of a file, without a cluster')
  .requiredOption('-f, --file <path>', 'manifests, as for kubectl apply; "-" for standard input')
  .option('-z, --zones <names>', 'the zones of the cluster, comma between', 'zone-a,zone-b,zone-c')
  .option('-o, --output <format>', 'table, or yaml for the whole manifests', 'table')
  .action(async (options) => (await import('./operator/explain.ts')).run(options))

program
  .command('say')
  .description('talk with a bot in the terminal by text, or play its tests, without a cluster')
  .requiredOption('-f, --file <paths...>', 'manifests, as for kubectl apply; "-" for standard input')
  .option('-b, --bot <name>', 'which Callbot, when the files hold several')
  .option('-t, --run-tests', 'play the conversations in spec.tests instead (of all bots, unless --bot names one)')
  .option('--at <instant>', 'when the call takes place, such as 2026-11-24T12:00:00Z; default: now')
  .addHelpText('after', '\nExit code: 0 all is well; 1 a test failed; 2 a file or a dialog is not valid.')
  .action(async (options) => {
    process.exitCode = await (await import('./voice/say.ts')).run(options)
  })

try {
  await program.parseAsync()
} catch (error) {
  process.stderr.write(`callbot: ${error instanceof Error ? error.message : String(error)}\n`)
  if (process.env.CALLBOT_LOG_LEVEL === 'debug' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exit(1) // a program that failed half-way must not live on by its timers
}
