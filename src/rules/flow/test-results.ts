/** What comes of the conversations beside a bot, in words for its author and for its status. Who plays them is passed in. */
import type { CallbotSpec } from '../../api/callbot.ts'
import type { Findings } from './findings.ts'
import type { Flow } from './flow.ts'

/** The first thing in which a conversation goes otherwise than its test says. */
export interface TestFault {
  /** Below the test, such as `turns[2].expect`. */
  readonly field: string
  /** Index in `turns`; undefined for what holds at the end. */
  readonly turn: number | undefined
  readonly expected: string
  readonly found: string
  /** Both in a few words that may stand in a status: nothing that was collected. */
  readonly brief: string
}

export interface FailedTest {
  /** Index in `spec.tests`. */
  readonly index: number
  readonly name: string
  readonly fault: TestFault
}

export interface TestRun {
  readonly failed: readonly FailedTest[]
  /** How many were not played, since time was over. */
  readonly unplayed: number
}

/** Plays the tests of a bot on a dialog, at a moment in epoch milliseconds and for so many milliseconds at most. */
export type PlayTests = (o: {
  readonly flow: Flow
  readonly bot: Pick<CallbotSpec, 'language' | 'fallback' | 'tests'>
  readonly now: number
  readonly milliseconds: number
  /** Whose tests these are: owners take turns. */
  readonly owner?: string
}) => Promise<TestRun>

/** For whoever applies the bot: a test that fails is an error at its place, one that could not be played is a warning. */
export const testFindings = ({ failed, unplayed }: TestRun): Findings => ({
  errors: failed.map(({ index, name, fault }) => ({
    path: `spec.tests[${index}].${fault.field}`,
    message:
      `test ${name} expects ${inShort(fault.expected, 200)} and finds ${inShort(fault.found, 200)}. ` +
      `Correct the conversation flow or the test; callbot test prints the complete conversation`,
  })),
  warnings:
    unplayed === 0
      ? []
      : [
          {
            path: 'spec.tests',
            message: `${unplayed} take too long to be run here: pods run them before they take calls`,
          },
        ],
})

/** What a pod reports to the operator of a test that fails, and the operator everyone who may read the status. */
export interface ReportedTest {
  readonly test: string
  /** Counted from 1; null: at its end. */
  readonly turn: number | null
  readonly because: string
}

export const reportTest = ({ name, fault }: FailedTest): ReportedTest => ({
  test: name,
  turn: fault.turn === undefined ? null : fault.turn + 1,
  because: inShort(fault.brief, 120),
})

const inShort = (text: string, longest: number) => (text.length > longest ? `${text.slice(0, longest - 1)}…` : text)
