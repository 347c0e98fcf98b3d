import type { Command } from 'commander'

/**
 * What may follow on a command line: the names of commands, or the options of the one that is named.
 * @param words what was typed after the program's name; the last one is not complete, and may be empty
 */
export function candidates(program: Command, words: readonly string[]): string[] {
  const typed = words.at(-1) ?? ''
  let command = program
  for (const word of words.slice(0, -1)) command = command.commands.find((each) => each.name() === word) ?? command
  const names = typed.startsWith('-')
    ? command.options.flatMap(({ long }) => long ?? [])
    : command.commands.map((each) => each.name()).filter((name) => !name.startsWith('_'))
  return names.filter((name) => name.startsWith(typed))
}
