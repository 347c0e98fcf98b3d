import type { Shapes } from './hostile-text.ts'

/** An input as docs/bounds.md lists it, and what reads it. */
export interface Input {
  /** The first cell of its row in docs/bounds.md. */
  readonly row: string
  /** Of that row, as it stands in the name of a test. */
  readonly what: string
  /** The bound: as many characters are read at most, or octets where they are ASCII. */
  readonly longest: number
  /** Reads a text of that length. What it throws is the caller's fault, as long as it throws soon. */
  readonly read: (text: string) => unknown
  /** Whether it was read, and not refused for its length alone: true of one shape at least. Absent where all of them are refused, each after it was read. */
  readonly isRead?: (result: unknown) => boolean
  /** Those of any text, by default. */
  readonly shapes?: Shapes
}

/** @returns undefined if it threw */
export function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch {
    return undefined
  }
}

export const isDefined = (result: unknown): boolean => result !== undefined
