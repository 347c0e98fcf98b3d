import type { Problem } from '../api/parse.ts'
import type { Conversation } from '../rules/flow/flow.ts'
import type { TestFault } from '../rules/flow/test-results.ts'
import type { Played } from '../conversation/test-player.ts'

/** One line for each finding, as kubectl would show it. */
export const problemLines = (kind: 'Error' | 'Warning', problems: readonly Problem[]): string[] =>
  problems.map(({ path, message }) => `${kind}: ${path}: ${message}`)

/** The result of one test: one line when it passed, else the whole conversation with what differs at its place. */
export function testLines(test: Conversation, { turns, faults }: Played): string[] {
  if (faults.length === 0) return [`ok      ${test.name}`]
  const talk = turns.flatMap(({ caller, said, step }, index) => [
    ...(caller === undefined ? [] : [`          caller  ${caller === '' ? '(silence)' : caller}`]),
    ...said.map((text) => `          bot     ${text}`),
    ...(said.length === 0 ? [`          bot     (nothing; step ${step})`] : []),
    // The first turn is the bot's own: turn 0 of the test is the second.
    ...faults.filter(({ turn }) => turn === index - 1).flatMap(faultLines),
  ])
  const played = turns.length - 2
  const rest = faults.filter(({ turn }) => turn === undefined || turn > played)
  return [`not ok  ${test.name}`, ...talk, ...rest.flatMap(faultLines)]
}

const faultLines = ({ expected, found }: TestFault) => [`        - expected ${expected}`, `        + found    ${found}`]
