/** The generated parts of the pages, as Markdown. Pure. */
import { byMachine, ENOUGH_ROUNDS, notPublished } from './keep.ts'
import { operatorTables } from './operator.ts'
import type { Kept, Proof, Round, Section } from './proof.ts'
import { PROOFS } from './proofs.ts'
import { countOf, range, spreadOf, verdict, written } from './spread.ts'

export type EvidenceFiles = ReadonlyMap<string, Kept>

const drawn = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [head, head.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`).join('\n')

const unique = (texts: readonly string[]) => [...new Set(texts)]

const machineOf = ({ cpu, cores, memoryGiB, kernel, system, node }: Round['machine']) =>
  `${cores} cores of ${cpu}, ${memoryGiB} GiB, ${system}, Linux ${kernel}, Node ${node.replace('v', '')}`

/** Of the rounds, the oldest first. */
const commitsOf = ({ rounds }: Kept) => unique(rounds.map(({ commit }) => `\`${commit.slice(0, 7)}\``)).join(' and ')

/** Commits and days of the rounds, the oldest first. */
export function takenOf(kept: Kept): string {
  const { rounds } = kept
  const days = unique(rounds.map(({ at }) => at.slice(0, 10)))
  return `${countOf(rounds.length)}, ${commitsOf(kept)}, ${unique([days[0]!, days.at(-1)!]).join(' to ')}`
}

/** The processors of the machines that it was measured on. */
export const processorsOf = ({ rounds }: Kept): string => unique(rounds.map(({ machine }) => machine.cpu)).join(' and ')

/** One line for each proof that has evidence: what was measured, of what, when and where. */
function provenance(kept: Kept, { name, command }: Proof): string {
  const where = unique(kept.rounds.map(({ machine }) => machineOf(machine)))
  const what = unique(kept.rounds.flatMap(({ circumstances }) => circumstances ?? []))
  const few = kept.rounds.length < ENOUGH_ROUNDS ? ' (too few for a spread)' : ''
  return `- \`${name}\`, by \`${command}\`: ${takenOf(kept)}${few}, on ${where.join(' and ')}${what.map((text) => `. ${text.replace(/[.]$/, '')}`).join('')}.`
}

function rowsOf(proof: Proof, kept: Kept, title = `\`${proof.name}\``): string[][] {
  const rows = Object.entries(proof.figures).flatMap(([key, figure]) => {
    const spread = spreadOf(kept, key)
    if (spread === undefined) return []
    const { what } = figure
    const cells = [what, written(spread.median, figure), range(spread, figure), verdict(spread, figure)]
    return [[...cells, countOf(spread.rounds)]]
  })
  return rows.map((row, index) => (index === 0 ? [title, ...row, commitsOf(kept)] : ['', ...row, '']))
}

/** Of other kinds of machines below, each with its processor. */
const allRowsOf = (proof: Proof, kept: Kept): string[][] =>
  byMachine(kept).flatMap((each, index) =>
    rowsOf(proof, each, index === 0 ? undefined : `\`${proof.name}\` on ${processorsOf(each)}`),
  )

const HEAD = ['Evidence', 'What', 'Median', 'Least to most', 'Goal', 'Rounds', 'Measured on']

/** All that docs/evidence says about one part of the page. */
export function sectionOf(section: Section, files: EvidenceFiles, proofs: readonly Proof[] = PROOFS): string {
  const all = proofs.filter((proof) => proof.section === section)
  const shown = all.flatMap((proof) => {
    const kept = files.get(proof.name)
    return kept ? [{ proof, kept }] : []
  })
  const missing = unique(all.filter(({ name }) => !files.has(name)).map(({ command }) => `\`${command}\``))
  const tables = section === 'operator' ? shown.flatMap(({ kept }) => operatorTables(kept)) : []
  const rows = section === 'operator' ? [] : shown.flatMap(({ proof, kept }) => allRowsOf(proof, kept))
  return [
    ...(rows.length > 0 ? [drawn(HEAD, rows)] : []),
    ...tables,
    ...(shown.length > 0
      ? [shown.flatMap(({ proof, kept }) => byMachine(kept).map((each) => provenance(each, proof))).join('\n')]
      : []),
    ...(missing.length > 0 ? [notPublished(missing.join(', '))] : []),
  ].join('\n\n')
}

/** What stands between the marks of one figure in a sentence; undefined where there is no evidence yet. */
export function quoteOf(
  name: string,
  key: string,
  files: EvidenceFiles,
  proofs: readonly Proof[] = PROOFS,
): string | undefined {
  const proof = proofs.find((each) => each.name === name)
  const figure = proof?.figures[key]
  if (key !== 'taken' && figure === undefined) throw new Error(`no figure "${name} ${key}": see hack/figures`)
  if (proof === undefined) throw new Error(`no proof "${name}": see hack/figures`)
  const kept = files.get(name)
  if (kept === undefined) return undefined
  if (figure === undefined) return takenOf(kept)
  const spread = spreadOf(kept, key)
  return spread && written(spread.median, figure)
}
