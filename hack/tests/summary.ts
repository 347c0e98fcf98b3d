/** Results of test files, and the text at the end of a run. Knows neither mocha nor lanes. */

export interface Failure {
  title: string
  /** The first lines of what was thrown. */
  message: string
}

export interface FileResult {
  passed: number
  skipped: number
  seconds: number
  /** Seconds of a processor that the tests, and programs that they started and saw end, have used; without the cluster's share. */
  busy: number
  /** Of a proof: `short`, `whole`, or `custom` where a variable changed how much was played. */
  form?: string
  failures: Failure[]
}

/** By the file's path from the root of the checkout. */
export type Summary = Record<string, FileResult>

/** Files that took less are nobody's worry. Seconds. */
const WORTH_TELLING = 10

export const failedIn = (summary: Summary): string[] =>
  Object.keys(summary).filter((file) => summary[file]!.failures.length > 0)

/**
 * The end of a run, where the tail of a log still shows it: which files took longest, what needed a second try, what failed, and a
 * closing line that machines and people read alike: `N passed, N failed`.
 * @param firstTries what became, at first, of files that were tried again
 * @param run lines about the parts of the run, and one about the machine
 */
export function closing(
  summary: Summary,
  firstTries: Summary = {},
  run: { parts?: string[]; machine?: string; stopped?: string | undefined; quarantined?: Summary } = {},
): string {
  const flaky = onlyAtTheSecondTry(summary, firstTries)
  const results = Object.entries(summary)
  const slow = results
    .filter(([, { seconds }]) => seconds >= WORTH_TELLING)
    .toSorted(([, one], [, other]) => other.seconds - one.seconds)
    .map(
      ([file, { seconds, busy }]) =>
        `${seconds.toFixed(0).padStart(5)} s, ${busy.toFixed(0).padStart(3)} s of a core  ${file}`,
    )
  const sum = (count: (result: FileResult) => number) => results.reduce((total, [, result]) => total + count(result), 0)
  const skipped = sum((result) => result.skipped)
  const counts = `${sum((result) => result.passed)} passed, ${sum((result) => result.failures.length)} failed`
  return [
    ...list('parts of the run', run.parts ?? []),
    ...list('files that took longest', slow),
    ...list('failed at the first try', failures(firstTries)),
    ...list('failed in quarantine, without effect', failures(run.quarantined ?? {})),
    ...list('failed', failures(summary)),
    ...(run.stopped === undefined ? [] : [`\nended early: ${run.stopped}\n`]),
    ...(run.machine === undefined ? [] : [`\n${run.machine}\n`]),
    ...(flaky.length > 0 ? [`\n${flaky.length} only at the second try: see out/flaky.json\n`] : []),
    `\n${counts}${skipped > 0 ? `, ${skipped} skipped` : ''}\n`,
  ].join('')
}

/** Takes away the failures of files in quarantine. @returns what counts, and what failed without effect */
export function inQuarantine(
  summary: Summary,
  isIn: (file: string) => boolean,
): { judged: Summary; quarantined: Summary } {
  const quarantined = Object.fromEntries(
    Object.entries(summary).filter(([file, { failures: some }]) => some.length > 0 && isIn(file)),
  )
  const without: [string, FileResult][] = Object.entries(quarantined).map(([file, result]) => [
    file,
    { ...result, failures: [] },
  ])
  return { judged: { ...summary, ...Object.fromEntries(without) }, quarantined }
}

/** Tests that failed and then passed: each is a finding, of the test or of what it tests. */
export const onlyAtTheSecondTry = (summary: Summary, firstTries: Summary): ({ file: string } & Failure)[] =>
  Object.entries(firstTries).flatMap(([file, { failures: first }]) => {
    const still = new Set(summary[file]?.failures.map(({ title }) => title))
    return first.filter(({ title }) => !still.has(title)).map((failure) => ({ file, ...failure }))
  })

const failures = (summary: Summary): string[] =>
  Object.entries(summary).flatMap(([file, result]) =>
    result.failures.map(({ title, message }) => `${file}: ${title}\n  ${message.split('\n', 3).join('\n  ')}`),
  )

const list = (title: string, lines: readonly string[]): string[] =>
  lines.length > 0 ? [`\n${title}\n${lines.join('\n')}\n`] : []
