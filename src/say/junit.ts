/** Results of tests in the JUnit format, as continuous integration reads it (Jenkins' junit-10.xsd). Pure. */
import { showPlace } from '../api/places.ts'
import { type BotRun, failedIn, type PlayedTest } from './test-run.ts'

export function junitOf(runs: readonly BotRun[]): string {
  const suites = runs.flatMap(suiteOf)
  return ['<?xml version="1.0" encoding="UTF-8"?>', '<testsuites>', ...suites, '</testsuites>', ''].join('\n')
}

/** What is wrong with the files stands in a case of its own, which is there only when something is. */
function suiteOf(run: BotRun): string[] {
  const { bot, errors, tests } = run
  const unplayed = tests.filter(({ played }) => played === undefined).length
  const counts = { tests: tests.length + (errors.length > 0 ? 1 : 0), errors: errors.length > 0 ? 1 : 0 }
  const failures = failedIn(run).length - unplayed
  const invalid = errors.map(({ path, message }) => `${path}: ${message}`).join('\n')
  return [
    `  <testsuite${attributes({ name: bot, ...counts, failures, skipped: unplayed })}>`,
    ...(errors.length === 0 ? [] : caseOf(bot, 'the files are valid', element('error', 'not valid', invalid))),
    ...tests.flatMap((each) => caseOf(bot, each.test.name, outcomeOf(each))),
    '  </testsuite>',
  ]
}

const caseOf = (bot: string, name: string, outcome: string | undefined): string[] => {
  const opening = `    <testcase${attributes({ name, classname: bot.replace('/', '.') })}`
  return outcome === undefined ? [`${opening}/>`] : [`${opening}>`, `      ${outcome}`, '    </testcase>']
}

/** Undefined: it passed. */
function outcomeOf({ played, place }: PlayedTest): string | undefined {
  if (played === undefined) return '<skipped/>'
  const [fault] = played.faults
  if (fault === undefined) return undefined
  const all = played.faults.map(({ expected, found }) => `expected ${expected}\nfound    ${found}`)
  return element('failure', fault.brief, [showPlace(place), ...all].join('\n'))
}

const element = (name: string, message: string, text: string) =>
  `<${name}${attributes({ message })}>${escaped(text)}</${name}>`

const attributes = (of: Readonly<Record<string, string | number>>) =>
  Object.entries(of)
    .map(([name, value]) => ` ${name}="${escaped(`${value}`)}"`)
    .join('')

const ENTITIES: Readonly<Record<string, string>> = { '<': '&lt;', '>': '&gt;', '&': '&amp;', '"': '&quot;' }

/** Without what XML 1.0 has no way to write (section 2.2). */
const escaped = (text: string) =>
  text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '')
    .replaceAll(/[<>&"]/g, (sign) => ENTITIES[sign]!)
