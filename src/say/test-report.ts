import type { Problem } from '../api/parse.ts'
import { showPlace } from '../api/places.ts'
import type { TestFault } from '../rules/flow/test-results.ts'
import { type BotRun, failedIn, type PlayedTest } from './test-run.ts'

/** One line for each finding, as kubectl would show it. */
export const problemLines = (kind: 'Error' | 'Warning', problems: readonly Problem[]): string[] =>
  problems.map(({ path, message }) => `${kind}: ${path}: ${message}`)

/** All that was found about a bot. */
export const runLines = ({ bot, errors, warnings, tests, ways }: BotRun): string[] => [
  `${bot}: ${tests.length} tests`,
  ...problemLines('Error', errors),
  ...problemLines('Warning', warnings),
  ...tests.flatMap(testLines),
  ...ways.untested.map(({ way, place }) => `not tested  ${showPlace(place)}: ${way}`),
]

/** The last line, for all bots. */
export function summaryLine(runs: readonly BotRun[]): string {
  const sum = (count: (run: BotRun) => number) => runs.reduce((total, run) => total + count(run), 0)
  const failed = sum((run) => failedIn(run).length)
  const [tested, unplayed] = [sum(({ ways }) => ways.tested), sum(({ ways }) => ways.unplayed)]
  const all = tested + unplayed + sum(({ ways }) => ways.untested.length)
  const rest = unplayed === 0 ? '' : `, and there was no time for ${unplayed}`
  return `${sum(({ tests }) => tests.length) - failed} passed, ${failed} failed; ${tested} of ${all} ways tested${rest}`
}

/** The result of one test: one line when it passed, else the whole conversation with what differs at its place. */
function testLines({ test, played, place }: PlayedTest): string[] {
  if (played === undefined) return [`unplayed  ${test.name}: there was no time left`]
  const { turns, faults } = played
  if (faults.length === 0) return [`ok      ${test.name}`]
  const talk = turns.flatMap(({ caller, said, step }, index) => [
    ...(caller === undefined ? [] : [`          caller  ${caller === '' ? '(silence)' : caller}`]),
    ...said.map((text) => `          bot     ${text}`),
    ...(said.length === 0 ? [`          bot     (nothing; step ${step})`] : []),
    // The first turn is the bot's own: turn 0 of the test is the second.
    ...faults.filter(({ turn }) => turn === index - 1).flatMap(faultLines),
  ])
  const last = turns.length - 2
  const rest = faults.filter(({ turn }) => turn === undefined || turn > last)
  return [`not ok  ${test.name} (${showPlace(place)})`, ...talk, ...rest.flatMap(faultLines)]
}

const faultLines = ({ expected, found }: TestFault) => [`        - expected ${expected}`, `        + found    ${found}`]
