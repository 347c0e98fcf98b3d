/**
 * What a test file declares of itself, in comments at its top, one or more to a line:
 *
 *     // @tier proof  @stage drill  @seconds 90  @alone
 *     // @guard test/integration/edge/a-drill-ends-by-itself.test.ts
 */

/**
 * `unit`: Node alone. `component`: real programs on loopback. `check`: the three zones, each mechanism once. `proof`: a fault, a load or
 * an exact time, which `make test` doesn't play.
 */
export const TIERS = ['unit', 'component', 'check', 'proof'] as const
export type Tier = (typeof TIERS)[number]

/** What takes most of a minute to set up and files share; `none`: an end-to-end test that needs no cluster. */
export const STAGES = ['data', 'speech', 'drill', 'none'] as const
export type StageName = (typeof STAGES)[number]

/** The programs of src, of which a proof may show a promise. */
export const PROGRAMS = ['operator', 'edge', 'voice', 'speech', 'records', 'store-server', 'sweep'] as const
export type Program = (typeof PROGRAMS)[number]

/** Played, without effect on the exit code, until the end of that day. */
export interface Quarantine {
  issue: string
  owner: string
  /** A date, as `2026-12-13`. */
  until: string
}

export interface Declaration {
  readonly tier: Tier
  readonly stage?: StageName
  /** Those that show a promise; empty: not declared. */
  readonly programs: readonly Program[]
  /** What it takes on two cores, in seconds. */
  readonly seconds: number
  /** It measures time or voice, and nothing else may run. */
  readonly isAlone: boolean
  /** It changes nothing outside its own namespaces: two such files may use one cluster at the same time. */
  readonly isShared: boolean
  /** Files of `make test` that fail when the mechanism under the promise breaks. */
  readonly guards: readonly string[]
  readonly quarantine?: Quarantine
}

/** Of what declares none. */
const SECONDS: Record<Tier, number> = { unit: 1, component: 10, check: 60, proof: 60 }

/** The first folder that a file's path begins with decides. */
const FOLDERS: readonly (readonly [folder: string, tier: Tier])[] = [
  ['test/unit/', 'unit'],
  ['test/golden/', 'unit'],
  ['test/integration/local-cluster/', 'proof'],
  ['test/integration/bench/', 'proof'],
  ['test/integration/', 'component'],
  ['test/contrast/', 'component'],
  ['test/e2e/', 'proof'],
]

/** The call by which a test says that it shares its cluster. */
const SHARED = 'sharedOperatorServes('

/**
 * Pure.
 * @param path from the root of the checkout
 * @param text that of the file
 * @throws Error for a folder without a tier, and for a name or a value that nothing reads
 */
export function declarationOf(path: string, text: string): Declaration {
  const refuse = (what: string) => new Error(`${path}: ${what}`)
  const folder = FOLDERS.find(([each]) => path.startsWith(each))
  if (folder === undefined)
    throw refuse(`no tier for this folder: use one of ${FOLDERS.map(([each]) => each).join(', ')}`)
  const one = <T extends string>(name: string, values: readonly T[], value: string): T => {
    if (values.includes(value as T)) return value as T
    throw refuse(`@${name} ${value}: use one of ${values.join(', ')}`)
  }
  const of = {
    tier: folder[1],
    programs: [] as Program[],
    seconds: 0,
    isAlone: false,
    isShared: text.includes(SHARED),
    guards: [] as string[],
  }
  const optional: { stage?: StageName; quarantine?: Quarantine } = {}
  for (const [name, ...values] of tagsIn(text)) {
    const [value = ''] = values
    if (name === 'tier') of.tier = one(name, TIERS, value)
    else if (name === 'stage') optional.stage = one(name, STAGES, value)
    else if (name === 'programs') of.programs.push(...values.map((each) => one('programs', PROGRAMS, each)))
    else if (name === 'guard') of.guards.push(...values)
    else if (name === 'alone') of.isAlone = true
    else if (name === 'seconds' && Number(value) > 0) of.seconds = Number(value)
    else if (name === 'quarantine' && /^\d{4}-\d\d-\d\d$/.test(values[2] ?? ''))
      optional.quarantine = { issue: value, owner: values[1]!, until: values[2]! }
    else throw refuse(`@${[name, ...values].join(' ')} is not a declaration: hack/tests/declaration.ts has all of them`)
  }
  return { ...of, seconds: of.seconds || SECONDS[of.tier], ...optional }
}

/** Each `@name` with the words after it, from the comments before the first line of code. */
function tagsIn(text: string): string[][] {
  const lines = text.split('\n')
  const end = lines.findIndex((line) => !line.startsWith('//'))
  return lines.slice(0, end === -1 ? undefined : end).flatMap((line) =>
    line
      .slice(2)
      .split('@')
      .slice(1)
      .map((tag) => tag.trim().split(/\s+/)),
  )
}
