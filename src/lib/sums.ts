/** How much of each thing, by its name. What is not named is none. */
type Amounts = Readonly<Partial<Record<string, number>>>

/** Sums by group, and of all groups together, that follow each change of a part. */
export interface Sums {
  of(group: string): Amounts
  readonly all: Amounts
  /** Groups that have some of anything. */
  groups(): Iterable<string>
  /** One part of a group has changed. @param before what was counted of it until now */
  change(group: string, before: Amounts, after: Amounts): void
}

const NOTHING: Amounts = {}

export function createSums(): Sums {
  const all: Record<string, number> = {}
  const groups = new Map<string, Record<string, number>>()
  const add = (group: string, amounts: Amounts, sign: 1 | -1) => {
    for (const [name, amount = 0] of Object.entries(amounts)) {
      if (amount === 0) continue
      const own = groups.get(group) ?? {}
      groups.set(group, own)
      for (const sum of [all, own]) sum[name] = (sum[name] ?? 0) + sign * amount
    }
  }
  return {
    all,
    of: (group) => groups.get(group) ?? NOTHING,
    groups: () => groups.keys(),
    change(group, before, after) {
      add(group, before, -1)
      add(group, after, 1)
      const own = groups.get(group)
      if (own !== undefined && Object.values(own).every((amount) => amount === 0)) groups.delete(group)
    },
  }
}
