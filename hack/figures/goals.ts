/** Goals that no figure reaches, and figures that nobody has measured yet. Pure. */
import { byMachine, notPublished } from './keep.ts'
import type { Kept, Proof } from './proof.ts'
import { processorsOf, takenOf, type EvidenceFiles } from './sections.ts'
import { range, spreadOf, verdict, written } from './spread.ts'

const missedBy = (proof: Proof, kept: Kept): string[] =>
  Object.entries(proof.figures).flatMap(([key, figure]) => {
    const spread = spreadOf(kept, key)
    if (spread === undefined) return []
    const goal = verdict(spread, figure)
    if (!goal.includes('missed')) return []
    const measured = `${written(spread.median, figure)} (${range(spread, figure)})`
    return [
      `- \`${proof.name}\`, ${figure.what}: ${measured}; goal: ${goal}. ${takenOf(kept)}, on ${processorsOf(kept)}.`,
    ]
  })

/** A line for each kind of machine and goal that a round of its evidence missed. */
export function missedGoals(files: EvidenceFiles, proofs: readonly Proof[]): string {
  const lines = proofs.flatMap((proof) => {
    const kept = files.get(proof.name)
    return kept === undefined ? [] : byMachine(kept).flatMap((each) => missedBy(proof, each))
  })
  return lines.join('\n') || 'No figure in `docs/evidence` misses its goal.'
}

const E2E = 'make e2e PROMISE='
const code = (names: readonly string[]) => names.map((name) => `\`${name}\``).join(', ')

/** The commands of figures that are not published. */
export function unpublished(files: EvidenceFiles, proofs: readonly Proof[]): string {
  const missing = [...new Set(proofs.filter(({ name }) => !files.has(name)).map(({ command }) => command))]
  if (missing.length === 0) return 'Every figure that the project defines has three rounds in `docs/evidence`.'
  const promises = missing.filter((command) => command.startsWith(E2E))
  const named = promises.map((command) => command.slice(E2E.length))
  const others = missing.filter((command) => !promises.includes(command))
  const parts = [
    ...(others.length > 0 ? [code(others)] : []),
    ...(named.length > 0 ? [`\`${E2E}NAME\` for ${code(named)}`] : []),
  ]
  return notPublished(parts.join(', and '))
}
