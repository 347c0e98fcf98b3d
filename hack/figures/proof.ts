/** What a proof's figures are called, and where they are in what it wrote. */
import type { Machine } from '../evidence.ts'

/** The parts of the pages that are generated. */
export const SECTIONS = ['operator', 'fault', 'voice', 'speech', 'data', 'tests'] as const
export type Section = (typeof SECTIONS)[number]

export interface Figure<Run> {
  what: string
  unit?: string
  /** After the point; 0 by default. */
  digits?: number
  /** The goal: no round may be beyond it. */
  most?: number
  least?: number
  /** Undefined where the round has no such figure. */
  of(run: Run): number | undefined
}

export interface Proof<Run = never> {
  /** Of its evidence. */
  name: string
  section: Section
  command: string
  /** What it measures: a test with all that it depends on, a file with all that it imports, or a folder (hack/tests/changes.ts). */
  subject: readonly string[]
  /** By the name that texts quote them by. */
  figures: Record<string, Figure<Run>>
  /** Some measure several rounds in one run. */
  roundsOf?(run: Run): Run[]
  /** What ran beside the machine, in words. */
  circumstancesOf?(run: Run): string
  /** Its figures are counts that no machine changes: those of all machines go together. */
  isOfAnyMachine?: boolean
  /** Whether a run is complete: an aborted one writes what it has. */
  isComplete?(run: Run): boolean
}

/** What docs/evidence keeps of a round: names and numbers, and nothing else of the run. */
export interface Round {
  at: string
  commit: string
  machine: Machine
  circumstances?: string
  figures: Record<string, number>
}

export interface Kept {
  name: string
  /** Of one kind of machine: the oldest first. */
  rounds: Round[]
  /** Of other kinds of machines. */
  elsewhere?: Round[]
}

/** Of one proof, as it came from a file: each definition says of what shape. */
export const define = <Run>(proof: Proof<Run>): Proof => proof as unknown as Proof

/** How a proof of test/e2e is played alone, and what it measures. The promise is the beginning of the file's name. */
export const byPromise = (promise: string, file = promise): Pick<Proof, 'command' | 'subject'> => ({
  command: `make e2e PROMISE=${promise}`,
  subject: [`test/e2e/${file}.test.ts`],
})

const isNumber = (value: unknown): value is number => typeof value === 'number' && Number.isFinite(value)

/** The figures of a round that are there. A run that broke off lacks some, or whole parts of what they come from. */
export function figuresOf(proof: Proof, run: never): Record<string, number> {
  const found = Object.entries(proof.figures).map(([key, figure]) => [key, attempt(() => figure.of(run))] as const)
  return Object.fromEntries(found.flatMap(([key, value]) => (isNumber(value) ? [[key, rounded(value)]] : [])))
}

function attempt(read: () => number | undefined): number | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof TypeError) return undefined
    throw error
  }
}

/** Six digits are more than anybody measures. */
const rounded = (value: number) => Number(value.toPrecision(7))
