import { Command } from 'commander'
import { PROGRAMS } from './programs.ts'

/**
 * What a person types: the verbs of the command line, their options and their help.
 * @param argv as `process.argv` has it
 */
export async function runCommand(argv: readonly string[]): Promise<void> {
  const program = new Command('callbot')
    .description('No caller left aside, no byte kept too long, and both proved.')
    .showHelpAfterError()
  for (const [name, { description, run }] of Object.entries(PROGRAMS)) {
    program.command(name).description(description).action(run)
  }
  addListen(program)
  addPlan(program)
  addSay(program)
  await program.parseAsync(argv)
}

function addListen(program: Command): void {
  program
    .command('listen')
    .description(
      'print the turns of all calls of a bot pod as they happen, one JSON line each (kubectl exec POD -- ...)',
    )
    .option('--socket <path>', 'socket of the pod that serves them', '/tmp/callbot-turns.sock')
    .action(async ({ socket }) => {
      const onListening = () => process.stderr.write('listening\n')
      await (await import('./voice/turn-tap/listen.ts')).run({ socket, output: process.stdout, onListening })
    })
}

function addPlan(program: Command): void {
  program
    .command('plan')
    .description('print what the operator would do about the manifests of a file, without a cluster')
    .requiredOption('-f, --file <path>', 'manifests, as for kubectl apply; "-" for standard input')
    .option('-z, --zones <names>', 'the zones of the cluster, comma between', 'zone-a,zone-b,zone-c')
    .option('-o, --output <format>', 'table, or yaml for the whole manifests', 'table')
    .action(async (options) => (await import('./operator/dry-run.ts')).run(options))
}

function addSay(program: Command): void {
  program
    .command('say')
    .description('talk with a bot in the terminal by text, or play its tests, without a cluster')
    .requiredOption('-f, --file <paths...>', 'manifests, as for kubectl apply; "-" for standard input')
    .option('-b, --bot <name>', 'which Callbot, when the files hold several')
    .option('-t, --run-tests', 'play the conversations in spec.tests instead (of all bots, unless --bot names one)')
    .option('--at <instant>', 'when the call takes place, such as 2026-11-24T12:00:00Z; default: now')
    .addHelpText('after', '\nExit code: 0 all is well; 1 a test failed; 2 a file or a dialog is not valid.')
    .action(async (options) => {
      process.exitCode = await (await import('./say/command.ts')).run(options)
    })
}
