/** Which lines of the texts show figures of which evidence, what of it is missing, and what is stale. Pure. */
import { renderTable } from '../cluster/table.ts'
import type { Proof, Round } from './proof.ts'
import { ENOUGH_ROUNDS, published } from './keep.ts'
import { PROOFS } from './proofs.ts'
import type { EvidenceFiles } from './sections.ts'

/** A figure in a sentence, and the line under a table that says of what commits it is. */
const MARKS = /<!-- figure: ([\w-]+) [\w/-]+ -->|^- `([\w-]+)`, by `make /g

export interface Place {
  page: string
  /** From 1. */
  line: number
  /** Of the evidence. */
  name: string
}

/** @param page its path, for people */
export function placesOf(page: string, text: string): Place[] {
  return text.split('\n').flatMap((each, index) => {
    const names = [...each.matchAll(MARKS)].map(([, quoted, tabled]) => quoted ?? tabled!)
    return [...new Set(names)].map((name) => ({ page, line: index + 1, name }))
  })
}

const at = ({ page, line }: Place) => `${page}:${line}`
const commandOf = (name: string, proofs: readonly Proof[]) =>
  proofs.find((proof) => proof.name === name)?.command ?? 'make figures'

/** A line for each place whose evidence is not there, or has too few rounds, with the cure. */
export function unproved(places: readonly Place[], files: EvidenceFiles, proofs: readonly Proof[] = PROOFS): string[] {
  const enough = published(files)
  return places
    .filter(({ name }) => !enough.has(name))
    .map((place) => {
      const file = `docs/evidence/${place.name}.json`
      const what = files.has(place.name)
        ? `${file} has fewer than ${ENOUGH_ROUNDS} rounds:`
        : `${file} is missing: restore it, or`
      const cure = `run "${commandOf(place.name, proofs)}" and "make figures", or remove the figure`
      return `${at(place)} shows figures of "${place.name}", and ${what} ${cure}`
    })
}

/** Commits since then that changed what a figure is about; undefined where that commit is in no history that git has here. */
export type ChangesSince = (commit: string, subject: readonly string[]) => number | undefined

/** What is known of when a figure was measured. */
export interface Measured {
  rounds: readonly Pick<Round, 'at' | 'commit'>[]
}

/** The figures that are older than what they are about, as a table; of several commits the oldest counts. */
export function staleFigures(
  places: readonly Place[],
  files: ReadonlyMap<string, Measured>,
  changesSince: ChangesSince,
  proofs: readonly Pick<Proof, 'name' | 'command' | 'subject'>[] = PROOFS,
): string {
  const rows = proofs.flatMap(({ name, command, subject }) => {
    const kept = files.get(name)
    const shown = places.filter((place) => place.name === name)
    if (kept === undefined || shown.length === 0) return []
    const { at: when, commit } = oldestOf(kept)
    const changes = changesSince(commit, subject)
    if (changes === 0) return []
    const since = changes === undefined ? 'commit unknown here' : `${changes} ${changes === 1 ? 'commit' : 'commits'}`
    return [[name, `${commit.slice(0, 7)} ${when.slice(0, 10)}`, since, shown.map(at).join(' '), command]]
  })
  if (rows.length === 0) return 'No figure is stale.'
  const head = ['STALE FIGURES', 'MEASURED ON', 'CHANGES SINCE', 'SHOWN AT', 'MEASURE AGAIN, THEN MAKE FIGURES']
  return `${renderTable(head, rows)}\nWhat these figures are about has changed since they were measured.`
}

const oldestOf = ({ rounds }: Measured) => rounds.toSorted((one, other) => one.at.localeCompare(other.at))[0]!
