/** Workflow commands of GitHub Actions: findings at the lines of the files that a pull request shows. Pure. */
import type { Problem } from '../api/parse.ts'
import type { Place } from '../api/places.ts'
import type { BotRun } from './test-run.ts'

export const annotationLines = ({ errors, warnings, tests, ways }: BotRun): string[] => [
  ...errors.map((problem) => ofProblem('error', problem)),
  ...warnings.map((problem) => ofProblem('warning', problem)),
  ...tests.flatMap(({ test, played, place }) => {
    if (played === undefined) return [command('error', place, `test ${test.name} was not played: no time was left`)]
    return played.faults.slice(0, 1).map(({ brief }) => command('error', place, `test ${test.name}: ${brief}`))
  }),
  ...ways.untested.map(({ way, place }) => command('notice', place, `no test holds the way ${way}`)),
]

/** Its path begins with its place, unless it is about the options. */
function ofProblem(level: 'error' | 'warning', { path, message }: Problem): string {
  const [, file, line, column, field = ''] = /^(.+?):(\d+):(\d+)(?:: (.*))?$/s.exec(path) ?? []
  if (file === undefined) return command(level, undefined, `${path}: ${message}`)
  return command(
    level,
    { file, line: Number(line), column: Number(column) },
    field === '' ? message : `${field}: ${message}`,
  )
}

function command(level: 'error' | 'warning' | 'notice', place: Place | undefined, message: string): string {
  const at = place === undefined ? '' : ` file=${property(place.file)},line=${place.line},col=${place.column}`
  return `::${level}${at}::${data(message)}`
}

const data = (text: string) => text.replaceAll('%', '%25').replaceAll('\r', '%0D').replaceAll('\n', '%0A')
const property = (text: string) => data(text).replaceAll(':', '%3A').replaceAll(',', '%2C')
