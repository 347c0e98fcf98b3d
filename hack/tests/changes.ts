/** What a proof or a figure is about, and how many commits have changed it since. */
import { execFileSync } from 'node:child_process'
import { repo } from '../cluster/settings.ts'
import { closureOf } from '../mutants/reach.ts'
import { declared } from './run.ts'

const CHART = 'charts'
const ENTRY = (program: string) => `src/${program}/main.ts`

/** What each file imports: many share most of it. */
const imports = new Map<string, string[]>()
const closuresOf = (roots: readonly string[]) => [...new Set(roots.flatMap((root) => [...closureOf(root, imports)]))]

/** All that a test depends on: what it and its programs import, and the chart. Paths from the root of the checkout. */
export const pathsOfTest = (file: string): string[] => [
  ...closuresOf([file, ...declared(file).programs.map(ENTRY)]),
  CHART,
]

/**
 * All that a figure is about.
 * @param subject of a test, what it depends on; of another file, what it imports; a folder as a whole
 */
export const pathsOfSubject = (subject: readonly string[]): string[] => [
  ...new Set(
    subject.flatMap((path) =>
      path.endsWith('.test.ts') ? pathsOfTest(path) : path.endsWith('.ts') ? closuresOf([path]) : [path],
    ),
  ),
]

/** Commits since then that changed one of the paths, none where all of them were reverted; undefined where git does not know that commit. */
export function changesSince(commit: string, paths: readonly string[], folder = repo): number | undefined {
  const linesOf = (command: string, ...how: string[]) =>
    execFileSync('git', [command, ...how, `${commit}..HEAD`, '--', ...paths], {
      ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] },
    })
      .split('\n')
      .filter(Boolean)
  try {
    return linesOf('diff', '--name-only').length === 0 ? 0 : linesOf('log', '--format=%h').length
  } catch {
    return undefined
  }
}
