import { PROGRAMS } from './programs.ts'

/** A pod asks for its program by name alone, and need not carry the parser of what people type. */
async function start([name = '', ...options]: readonly string[]): Promise<void> {
  if (options.length === 0 && Object.hasOwn(PROGRAMS, name)) return PROGRAMS[name]!.run()
  const { runCommand } = await import('./commands.ts')
  await runCommand(process.argv)
}

try {
  await start(process.argv.slice(2))
} catch (error) {
  process.stderr.write(`callbot: ${error instanceof Error ? error.message : 'it ended without a reason'}\n`)
  if (process.env.CALLBOT_LOG_LEVEL === 'debug' && error instanceof Error) process.stderr.write(`${error.stack}\n`)
  process.exit(1) // a program that failed half-way must not live on by its timers
}
