/** Values of the chart callbot-client: such as clients may write, and such as are refused. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { parse } from 'yaml'
import { clientChartDir } from '../../hack/chart.ts'

export type ClientValues = Record<string, unknown> & { telephone: Record<string, unknown> }

/** The values of an example of the chart. */
export const exampleValues = (name: string) =>
  parse(readFileSync(join(clientChartDir, 'examples', `${name}.yaml`), 'utf8')) as ClientValues

/** What the schema lets people say: one line, without braces. */
const line = (maxLength: number) =>
  fc
    .string({ minLength: 1, maxLength, unit: 'grapheme' })
    .map((text) => text.replaceAll(/[{}\p{Cc}\u2028\u2029]/gu, '').trim())
    .filter((text) => text !== '' && [...text].length <= maxLength)
const optional = <T>(value: fc.Arbitrary<T>) => fc.option(value, { nil: undefined })
const name = fc.stringMatching(/^[a-z]([-a-z0-9]{0,10}[a-z0-9])?$/)
const number = fc.stringMatching(/^\+[1-9][0-9]{6,14}$/)
const host = fc.stringMatching(/^[a-z]([a-z0-9-]{0,10}[a-z0-9])?[.]example(:[1-9][0-9]{0,3})?$/)
const days = fc.integer({ min: 0, max: 3650 })
const person = fc.stringMatching(/^((user|group):)?[a-z][a-z0-9-]{0,10}(@lilas[.]example)?$/)
const people = optional(fc.uniqueArray(person, { maxLength: 3 }))

const common = fc.record(
  {
    names: fc.record({ bot: name, integration: name, policy: name, primary: name }, { requiredKeys: [] }),
    greeting: line(300),
    vocabulary: fc.uniqueArray(line(60), { maxLength: 4 }),
    keepDays: fc.oneof(
      days,
      fc.record(
        { CallMetadata: days, CallerNumber: days, CollectedFields: days, Transcript: days, Diagnostics: days },
        { requiredKeys: [] },
      ),
    ),
    drill: fc.constantFrom('', '30 6 * * MON', '* 6 * * 1-5', '0 4 1 */2 *'),
    timeZone: fc.constantFrom('', 'Europe/Paris', 'Etc/GMT+2', 'UTC'),
    team: fc.record({ viewers: people, authors: people, integrators: people, dpo: people, drillOperators: people }),
    capacity: fc.record(
      { buffer: fc.constantFrom(0, 20, '25%'), minReplicas: fc.integer({ min: 3, max: 6 }) },
      { requiredKeys: [] },
    ),
  },
  { requiredKeys: ['greeting'] },
)

/** Numbers of a bot, and of people, who have others. */
const numbers = fc.uniqueArray(number, { minLength: 3, maxLength: 6 }).map(([emergencyNumber, people, ...rest]) => ({
  ...{ emergencyNumber, people, numbers: rest },
}))

const telephone = fc.uniqueArray(host, { minLength: 2, maxLength: 2 }).chain(([primary, backup]) =>
  fc.record(
    {
      ...{ primary: fc.constant(primary), backup: fc.constant(backup), testNumber: fc.constant('4000') },
      secrets: fc.subarray(['trunk-identity', 'trunk-ca', 'trunk-password']),
      maxCalls: fc.integer({ min: 1, max: 100_000 }),
    },
    { requiredKeys: ['primary', 'backup', 'testNumber'] },
  ),
)

const agenda = fc.uniqueArray(host, { minLength: 2, maxLength: 2 }).chain(([primary, backup]) =>
  fc.record(
    {
      ...{ primary: fc.constant(`https://${primary}/v1`), backup: fc.constant(`https://${backup}`) },
      region: fc.constantFrom('eu-west-3', '1'),
      secrets: fc.subarray(['agenda-ca', 'agenda-token']),
    },
    { requiredKeys: ['primary', 'backup'] },
  ),
)

const PHRASES = [
  ...['opening hours', 'your address', 'the price', 'parking', 'a guided tour', 'the exhibition', 'the restaurant'],
  ...['school classes', 'lost property'],
]
const faq = fc
  .tuple(
    fc.subarray(PHRASES, { minLength: 1 }),
    fc.uniqueArray(
      name.filter((each) => each !== 'person'),
      { minLength: 9, maxLength: 9 },
    ),
    fc.array(line(200), { minLength: 9, maxLength: 9 }),
  )
  .map(([phrases, names, answers]) =>
    phrases.map((phrase, index) => ({ name: names[index], phrases: [phrase], answer: answers[index] })),
  )

/** Any that the chart takes. */
export const clientValues: fc.Arbitrary<ClientValues> = fc
  .tuple(
    fc.oneof(
      fc.record({ template: fc.constant('appointment-fr'), agenda }),
      fc.record({ template: fc.constant('faq-handover-en'), faq }),
    ),
    ...([numbers, common, fc.record({ telephone })] as const),
  )
  .map(([template, of, rest, reached]) => ({ ...template, ...of, ...rest, ...reached }))

/** The first so many of them, the same each time. */
export const someClients = (count: number): ClientValues[] => fc.sample(clientValues, { numRuns: count, seed: 15 })

interface Broken {
  /** The value that the refusal has to name, as helm's schema or the chart writes it. */
  readonly names: string
  readonly values: ClientValues
}

/** One value of the example is wrong in each. */
export function brokenClients(): Broken[] {
  const lilas = exampleValues('lilas')
  const { telephone, agenda: book } = lilas
  const with_ = (names: string, more: object): Broken => ({ names, values: { ...lilas, ...more } })
  const phone = (names: string, more: object) => with_(names, { telephone: { ...telephone, ...more } })
  const agendaWith = (names: string, more: object) => with_(names, { agenda: { ...(book as object), ...more } })
  return [
    with_("at '/template'", { template: 'appointment-de' }),
    with_("at '/numbers'", { numbers: [] }),
    with_("at '/numbers/0'", { numbers: ['0199000001'] }),
    with_("'emergencyNumber'", { emergencyNumber: undefined }),
    with_('emergencyNumber:', { emergencyNumber: '+33199000001' }),
    with_('people:', { people: '+33199000001' }),
    with_("at '/greeting'", { greeting: 'Bonjour {nom}' }),
    with_("at '/greeting'", { greeting: 'Bonjour\nnext: nowhere' }),
    with_("'password'", { password: 'not-a-secret' }),
    with_("at '/names/bot'", { names: { bot: 'Rendez-vous' } }),
    phone("at '/telephone/primary'", { primary: 'sip:pbx.lilas.example' }),
    phone('telephone.backup:', { backup: '' }),
    phone('telephone.backup:', { backup: telephone['primary'] }),
    phone("at '/telephone/testNumber'", { testNumber: '112' }),
    phone('drill:', { testNumber: '' }),
    with_("at '/drill'", { drill: 'every monday' }),
    with_('agenda:', { agenda: undefined }),
    agendaWith("at '/agenda/primary'", { primary: 'http://agenda.lilas.example' }),
    agendaWith('agenda.backup:', { backup: '' }),
    with_('faq:', { faq: [{ name: 'hours', phrases: ['the hours'], answer: 'All day.' }] }),
    with_("at '/keepDays'", { keepDays: 4000 }),
    with_("'Recording'", { keepDays: { Recording: 3 } }),
    with_("at '/team/authors/0'", { team: { authors: ['group:system:authenticated'] } }),
    with_('capacity.minReplicas:', { capacity: { minReplicas: 20 } }),
  ]
}
