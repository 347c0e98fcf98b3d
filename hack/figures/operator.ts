/** The operator beside its peers: the same measures as the table of one run, spread over several. */
import { COST, IDLE, RESTART, SPEED, type Group } from '../../bench/operator/measures.ts'
import { CONTESTANT_NAMES, SIZES } from '../../bench/operator/options.ts'
import { playersOf, type Results } from '../../bench/operator/report.ts'
import { define, type Figure, type Kept, type Proof } from './proof.ts'
import { range, spreadOf, written, type Spread } from './spread.ts'

type Row = { callbots: number; contestant: string }
type Player = { callbots: number; contestant: string }

const PLAYERS: Player[] = SIZES.flatMap((callbots) => CONTESTANT_NAMES.map((contestant) => ({ callbots, contestant })))
const keyOf = (group: string, title: string, { callbots, contestant }: Player) =>
  `${group}/${callbots}/${contestant}/${title.replace(/[^A-Za-z0-9]+/g, '-')}`

function figuresOf<One extends Row>(group: Group<One>, rowsOf: (run: Results) => One[]): [string, Figure<Results>][] {
  return PLAYERS.flatMap((player) =>
    group.measures.map(({ title, digits, suffix, of }): [string, Figure<Results>] => {
      const [, unit] = suffix === 'x' ? ['', 'x'] : (/ (MiB|s)$/.exec(title) ?? [])
      const isPlayer = (row: Row) => row.callbots === player.callbots && row.contestant === player.contestant
      const read = (run: Results) => {
        const row = rowsOf(run).find(isPlayer)
        return row && of(row, run.rounds)
      }
      return [keyOf(group.name, title, player), { what: title, digits, ...(unit && { unit }), of: read }]
    }),
  )
}

const roundsOf = ({ rounds }: Results) => rounds
/** What kopf can't do, the table says; without Go there is nobody to stand beside. */
const hasBoth = (rounds: Results['rounds']) =>
  rounds.filter(({ contestant }) => contestant !== 'kopf').length === 2 * SIZES.length

export const OPERATOR: Proof = define<Results>({
  name: 'bench-operator',
  section: 'operator',
  command: 'make bench-operator',
  subject: ['bench/operator', 'src/operator/main.ts'],
  circumstancesOf: playersOf,
  isComplete: ({ idle, rounds }) => idle.length > 0 && hasBoth(rounds),
  figures: Object.fromEntries([
    ...[SPEED, COST, RESTART].flatMap((group) => figuresOf(group, roundsOf)),
    ...figuresOf(IDLE, ({ idle }) => idle),
  ]),
})

type Shown = Pick<Group<never>, 'name' | 'title'> & { measures: { title: string; digits: number; better?: string }[] }
const GROUPS: Shown[] = [SPEED, COST, RESTART, IDLE] as never

/** One table for each group; a cell is the median, and from the least to the most of the rounds where they differ. */
export function operatorTables(kept: Kept): string[] {
  return [...GROUPS.map((group) => `${group.title}\n\n${tableOf(group, kept)}`), worseThanGo(kept)]
}

function tableOf({ name, measures }: Shown, kept: Kept): string {
  const head = ['Callbots', 'Operator', ...measures.map(({ title }) => title), 'Rounds']
  const rows = PLAYERS.flatMap((player) => {
    const spreads = measures.map(({ title }) => spreadOf(kept, keyOf(name, title, player)))
    const rounds = Math.max(0, ...spreads.map((spread) => spread?.rounds ?? 0))
    if (rounds === 0) return []
    const cells = spreads.map((spread, column) =>
      cellOf(spread, OPERATOR.figures[keyOf(name, measures[column]!.title, player)]!),
    )
    return [[String(player.callbots), player.contestant, ...cells, String(rounds)]]
  })
  return [head, head.map(() => '--:'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')
}

function cellOf(spread: Spread | undefined, { digits = 0, unit }: Figure<never>): string {
  if (spread === undefined) return '-'
  const format = unit === 'x' ? { digits, unit } : { digits }
  const [median, all] = [written(spread.median, format), range(spread, { digits })]
  return all.includes(' to ') ? `${median} (${all})` : median
}

/** Whatever is a twentieth worse than Go's, or more: nobody has to look for it. */
function worseThanGo(kept: Kept): string {
  const lines = GROUPS.flatMap(({ name, title, measures }) =>
    measures.flatMap((measure) =>
      SIZES.flatMap((callbots) => {
        const of = (contestant: string) => spreadOf(kept, keyOf(name, measure.title, { callbots, contestant }))?.median
        const [ours, theirs] = [of('ours'), of('go')]
        if (ours === undefined || theirs === undefined || measure.better === 'neither') return []
        const isWorse = measure.better === 'more' ? ours < 0.95 * theirs : ours > 1.05 * theirs && ours - theirs > 0.1
        if (!isWorse) return []
        const [one, other] = [ours, theirs].map((value) => written(value, measure))
        return [`- ${title.split('**')[1]}, ${callbots} Callbots, ${measure.title}: ours ${one}, Go ${other}`]
      }),
    ),
  )
  return ['**Where ours is worse than Go**', lines.join('\n') || 'Nowhere, by a twentieth or more.'].join('\n\n')
}
