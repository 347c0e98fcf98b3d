/** Which proofs are played, and in which order. Pure. */

export interface Candidate {
  file: string
  /** What it takes, in seconds. */
  seconds: number
  /** When it was shown last; undefined: never. */
  at?: string | undefined
  failedLast: boolean
  /** Commits since then to what it can depend on; undefined: the commit is not known here. */
  changes: number | undefined
  /** A change since a given ref reaches it; undefined: nobody asked. */
  isReached?: boolean | undefined
}

export interface Choice {
  /** Nothing begins after so many seconds, by what was taken last. */
  budget?: number | undefined
  /** The first of three is `{ index: 1, of: 3 }`. */
  shard?: { index: number; of: number } | undefined
}

/** What failed last, then what was never shown, then what changed most, then what is oldest. */
export function inOrderOfNeed(proofs: readonly Candidate[]): Candidate[] {
  const rank = ({ failedLast, at }: Candidate) => (failedLast ? 0 : at === undefined ? 1 : 2)
  const changes = ({ changes: count }: Candidate) => count ?? Infinity
  return proofs.toSorted(
    (one, other) =>
      rank(one) - rank(other) ||
      (changes(one) === changes(other) ? 0 : changes(other) - changes(one)) ||
      (one.at ?? '').localeCompare(other.at ?? '') ||
      one.file.localeCompare(other.file),
  )
}

/** Those that are played: what a change reaches, a part of it by seconds, as far as the budget goes. */
export function chosen(proofs: readonly Candidate[], { budget = Infinity, shard }: Choice = {}): Candidate[] {
  const reached = proofs.filter(({ isReached = true }) => isReached)
  const part = shard === undefined ? reached : shardsOf(reached, shard.of)[shard.index - 1]!
  const ordered = inOrderOfNeed(part)
  let begun = 0
  return ordered.filter(({ seconds }) => {
    if (begun >= budget) return false
    begun += seconds
    return true
  })
}

/** The longest first, each to the part that has least. */
function shardsOf(proofs: readonly Candidate[], count: number): Candidate[][] {
  const shards = Array.from({ length: count }, () => ({ seconds: 0, proofs: [] as Candidate[] }))
  const longestFirst = proofs.toSorted(
    (one, other) => other.seconds - one.seconds || one.file.localeCompare(other.file),
  )
  for (const proof of longestFirst) {
    const least = shards.reduce((one, other) => (other.seconds < one.seconds ? other : one))
    least.proofs.push(proof)
    least.seconds += proof.seconds
  }
  return shards.map((shard) => shard.proofs)
}

/** @param said as `40m`, `90s` or `2h`. @returns seconds. @throws Error for anything else */
export function budgetOf(said: string): number {
  const [, number, unit] = /^(\d+)(s|m|h)$/.exec(said) ?? []
  if (number === undefined) throw new Error(`BUDGET=${said} is no duration: write 40m, 90s or 2h`)
  return Number(number) * { s: 1, m: 60, h: 3_600 }[unit as 's' | 'm' | 'h']
}

/** @param said as `1/3`. @throws Error for anything else */
export function shardOf(said: string): { index: number; of: number } {
  const [, index, of] = /^(\d+)\/(\d+)$/.exec(said)?.map(Number) ?? []
  if (!(index! >= 1 && index! <= of!)) throw new Error(`SHARD=${said} is no part: write 1/3, 2/3 or 3/3`)
  return { index: index!, of: of! }
}
