/** From the runs of a proof to the rounds that docs/evidence keeps. Pure. */
import type { Evidence } from '../evidence.ts'
import { figuresOf, type Kept, type Proof, type Round } from './proof.ts'

/** Fewer are no spread. */
export const ENOUGH_ROUNDS = 3
const MOST_ROUNDS = 9

/** @param what commands of figures, as text */
export const notPublished = (what: string) =>
  `Not published, since \`docs/evidence\` has fewer than three rounds: ${what}.`

/** Why a run gives no figures; undefined: it does. */
export function refusalOf(proof: Proof, run: Evidence): string | undefined {
  if (run.form !== 'whole') return `is of the ${run.form} form`
  if (run.commit.id === 'unknown') return 'is of no commit'
  if (!run.commit.isClean) return 'is of code that was not committed'
  if (proof.isComplete && !proof.isComplete(run as never)) return 'broke off before its end'
  return undefined
}

/** The rounds of one run. */
export function roundsOf(proof: Proof, run: Evidence): Round[] {
  const { at, commit, machine } = run
  const circumstances = proof.circumstancesOf?.(run as never)
  return (proof.roundsOf?.(run as never) ?? [run as never]).map((round) => ({
    ...{ at, commit: commit.id, machine },
    ...(circumstances !== undefined && { circumstances }),
    figures: figuresOf(proof, round),
  }))
}

const kindOf = ({ cpu, cores, memoryGiB }: Round['machine']) => `${cores} ${cpu} ${memoryGiB}`

/** All rounds of the newest commit, and of the ones before as many commits as it takes to have three rounds; the oldest first. */
function newestOf(newestFirst: readonly Round[]): Round[] {
  const chosen: Round[] = []
  for (const [, rounds] of Map.groupBy(newestFirst, ({ commit }) => commit))
    if (chosen.length < ENOUGH_ROUNDS) chosen.push(...rounds)
  return chosen.toSorted((one, other) => one.at.localeCompare(other.at)).slice(-MOST_ROUNDS)
}

/**
 * What was kept and what is new, as far as it is about the newest code. Machines of different kinds are never mixed, unless the proof's
 * figures are the same on all: first is the one of the newest round that has enough of them, the others are `elsewhere`.
 */
export function merge(kept: Kept | undefined, proof: Proof, runs: readonly Evidence[]): Kept {
  const fresh = runs.flatMap((run) => roundsOf(proof, run))
  const isFresh = new Set(fresh.map(({ at }) => at))
  const before = [...(kept?.rounds ?? []), ...(kept?.elsewhere ?? [])]
  const all = [...before.filter(({ at }) => !isFresh.has(at)), ...fresh]
  const newestFirst = all.toSorted((one, other) => other.at.localeCompare(one.at))
  const kinds = Map.groupBy(newestFirst, ({ machine }) => (proof.isOfAnyMachine ? '' : kindOf(machine)))
  const choices = [...kinds.values()].map(newestOf)
  const rounds = choices.find(({ length }) => length >= ENOUGH_ROUNDS) ?? choices[0] ?? []
  const elsewhere = choices.filter((choice) => choice !== rounds).flat()
  return { name: proof.name, rounds, ...(elsewhere.length > 0 && { elsewhere }) }
}

/** What the texts may quote: of fewer rounds nobody knows the spread. Those of all kinds of machines count; each kind is shown beside its processor. */
export const published = (files: ReadonlyMap<string, Kept>): ReadonlyMap<string, Kept> =>
  new Map([...files].filter(([, { rounds, elsewhere = [] }]) => rounds.length + elsewhere.length >= ENOUGH_ROUNDS))

/** One for each kind of machine, the first one first. */
export const byMachine = ({ name, rounds, elsewhere = [] }: Kept): Kept[] => [
  { name, rounds },
  ...[...Map.groupBy(elsewhere, ({ machine }) => kindOf(machine)).values()].map((others) => ({ name, rounds: others })),
]
