import { type ParsedFlow, tooLong } from '../api/flow-text.ts'
import { type JobResult, runInThread } from './run-in-thread.ts'

/**
 * Reads dialogs that somebody else wrote, in a thread of its own. One answer for each text, in order. Never rejects: a text that
 * takes too long or too much memory has that as its problem.
 * @param owner whose texts these are
 */
export type ReadFlows = (texts: readonly string[], owner?: string) => Promise<readonly ParsedFlow[]>

/** @param o.milliseconds that a job may take, waiting included */
export function createFlowReader({ milliseconds }: { milliseconds: number }): ReadFlows {
  const script = new URL('./flow-worker.ts', import.meta.url)
  return async (texts, owner = '') => {
    const short = texts.filter((text) => tooLong(text) === undefined)
    const data = { texts: short }
    const done = short.length === 0 ? undefined : await runInThread<ParsedFlow[]>({ script, data, milliseconds, owner })
    const answers = done?.kind === 'Done' ? done.result.values() : undefined
    const failure = FAILURES[done?.kind ?? 'Done']
    return texts.map((text): ParsedFlow => {
      const long = tooLong(text)
      return long === undefined ? (answers?.next().value ?? failure) : { problems: [long] }
    })
  }
}

const failed = (message: string): Extract<ParsedFlow, { problems: unknown }> => ({ problems: [{ path: '', message }] })

const FAILURES: Readonly<Record<JobResult<unknown>['kind'], ParsedFlow>> = {
  Busy: { ...failed('too many conversation flows wait to be read: try again in a minute'), mayTryAgain: true },
  Late: {
    ...failed('it was not read in time: try again, and make it simpler if that does not help'),
    mayTryAgain: true,
  },
  Broken: failed('reading it takes more memory than there is for it: make it simpler'),
  Done: failed('the reader gave no answer: try again'),
}
