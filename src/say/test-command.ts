/** The verb `test`: checks the files of bots, plays the bots' own tests, and reports which ways of a conversation flow no test holds. */
import { writeFileSync } from 'node:fs'
import { EXIT, type FilesOptions, readBots } from './files.ts'
import { annotationLines } from './github.ts'
import { junitOf } from './junit.ts'
import { problemLines, runLines, summaryLine } from './test-report.ts'
import { type BotRun, failedIn, NO_WAYS, playBot } from './test-run.ts'
import { watchFiles } from './watch.ts'

export interface TestOptions extends FilesOptions {
  /** Path of a report in the JUnit format. */
  readonly junit?: string
  /** Also print workflow commands of GitHub, which annotate lines of the files. */
  readonly github?: boolean
  /** Percentage of the ways of each bot, 0 to 100. */
  readonly minWays?: string
  /** Again with each change of a file. */
  readonly watch?: boolean
}

/** For all bots together. */
const LONGEST_SECONDS = 120

/** @param signal ends a watch. @returns the exit code */
export async function run(
  options: TestOptions,
  output: NodeJS.WritableStream = process.stdout,
  signal?: AbortSignal,
): Promise<number> {
  const write = (line: string) => void output.write(`${line}\n`)
  const least = options.minWays === undefined ? 0 : Number(options.minWays)
  const refusal = refusalOf(options, least)
  if (refusal !== undefined) {
    write(`Error: ${refusal}`)
    return EXIT.invalid
  }
  const runOnce = () => testFiles(options, least, write)
  return options.watch === true ? watchFiles(options.file, runOnce, write, signal) : runOnce()
}

function refusalOf({ minWays, watch, file }: TestOptions, least: number): string | undefined {
  if (!(least >= 0 && least <= 100)) return `--min-ways ${minWays}: use a percentage from 0 to 100`
  return watch === true && file.includes('-') ? '--watch: name files, not standard input' : undefined
}

async function testFiles(options: TestOptions, least: number, write: (line: string) => void): Promise<number> {
  const read = await readBots(options)
  if ('problems' in read) {
    problemLines('Error', read.problems).forEach(write)
    report(options, [{ bot: 'the files', errors: read.problems, warnings: [], tests: [], ways: NO_WAYS }], write)
    return EXIT.invalid
  }
  const { declared, bots, at = Date.now() } = read
  const deadline = performance.now() + LONGEST_SECONDS * 1_000
  const runs = bots.map((bot) => playBot(bot, declared, at, () => performance.now() > deadline))
  runs.flatMap(runLines).forEach(write)
  const few = runs.filter((each) => percentOf(each) < least)
  for (const each of few)
    write(
      `Error: ${each.bot}: ${percentOf(each)} % of its ways are tested, and --min-ways is ${least}: test those above`,
    )
  report(options, runs, write)
  write(summaryLine(runs))
  if (runs.some(({ errors }) => errors.length > 0)) return EXIT.invalid
  return few.length > 0 || runs.some((each) => failedIn(each).length > 0) ? EXIT.testFailed : EXIT.fine
}

/** Rounded down, so that 100 means all. */
function percentOf({ ways: { tested, untested, unplayed } }: BotRun): number {
  const all = tested + untested.length + unplayed
  return all === 0 ? 100 : Math.floor((100 * tested) / all)
}

function report({ junit, github }: TestOptions, runs: readonly BotRun[], write: (line: string) => void): void {
  if (junit !== undefined) writeFileSync(junit, junitOf(runs))
  if (github === true) runs.flatMap(annotationLines).forEach(write)
}
