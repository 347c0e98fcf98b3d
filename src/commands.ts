import { Command } from 'commander'
import { PROGRAMS } from './programs.ts'
import { addVerbs } from './verbs.ts'

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
  addVerbs(program)
  addListen(program)
  addHeld(program)
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

/** What `hold export | exports` of the plugin run in a pod of callbot-records. */
function addHeld(program: Command): void {
  program
    .command('export-hold <policy> <hold>')
    .description('print the records that a legal hold covers (in a pod of callbot-records)')
    .requiredOption('--asked-by <name>', 'name of the user, which is written down')
    .action(async (policy, hold, { askedBy }) => {
      process.exitCode = await (await import('./records/export.ts')).exportHold({ policy, hold, askedBy }, process.env)
    })
  program
    .command('list-exports')
    .description('print who has exported what legal holds cover (in a pod of callbot-records)')
    .action(async () => {
      process.exitCode = await (await import('./records/export.ts')).listExports(process.env)
    })
}
