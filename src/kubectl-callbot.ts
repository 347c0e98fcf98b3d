/** The kubectl plugin: the verbs for people, by the name under which kubectl finds them. */
import { Command } from 'commander'
import { candidates } from './completion.ts'
import { addVerbs } from './verbs.ts'

const program = new Command('kubectl callbot')
  .description('The state of bots, drills of backups and their records, test calls, and bots without a cluster.')
  .showHelpAfterError()
addVerbs(program)
// What kubectl asks for by the program kubectl_complete-callbot; the last line is cobra's directive: no names of files.
program.command('__complete [words...]', { hidden: true }).action((words: string[]) => {
  process.stdout.write(`${[...candidates(program, words), ':4'].join('\n')}\n`)
})

const argv =
  process.argv[2] === '__complete' ? [...process.argv.slice(0, 3), '--', ...process.argv.slice(3)] : process.argv
try {
  await program.parseAsync(argv)
} catch (error) {
  process.stderr.write(`kubectl callbot: ${error instanceof Error ? error.message : 'it ended without a reason'}\n`)
  process.exitCode = 1
}
