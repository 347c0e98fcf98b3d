/** What the program `records` of a namespace reports to the operator at GET /state: counts, nothing of a call. Pure. */
import * as read from './published-config.ts'

/** Where it answers, over TLS: bot pods and the operator. */
export const RECORDS_PORT = 8447

export interface RecordsState {
  /** Whether it can store a record now. */
  readonly ready: boolean
  /** Why not, in its own words. Absent: it can, or does not say. */
  readonly reason?: string
  /** Records since it started. */
  readonly accepted: number
  readonly refused: number
}

const isCount = read.isWhole(0, Number.MAX_SAFE_INTEGER)
const isFlag = (value: unknown): value is boolean => typeof value === 'boolean'
const LONGEST_REASON = 200

/** @returns undefined when the text is not its state */
export const parseRecordsState = (text: string): RecordsState | undefined =>
  read.readPublished(text, (told) => ({
    ready: read.must(isFlag, told['ready']),
    ...read.may('reason', told['reason'], (value) => read.printable(value, LONGEST_REASON)),
    accepted: read.must(isCount, told['accepted']),
    refused: read.must(isCount, told['refused']),
  }))
