import type { TestCallResult } from './judge/result.ts'
import { type CallerTools, runTestCall, type TestCall } from './test-call.ts'

/** A telephone for test calls. */
export interface Caller {
  /** Calls that are on their way or stand. */
  readonly live: number
  /** Never rejects: whatever goes wrong is in the result. */
  call(call: TestCall): Promise<TestCallResult>
}

/** @param o.most calls at a time; one more gets the finding `TooMany` */
export function createCaller(o: CallerTools & { most: number }): Caller {
  let live = 0
  return {
    get live() {
      return live
    },
    async call(call) {
      if (live >= o.most) return { ...nothing, outcome: 'Failed', finding: 'TooMany' }
      live++
      try {
        return await runTestCall(call, o)
      } finally {
        live--
      }
    },
  }
}

const nothing = {
  ...{ status: null, edge: null, trunk: null, ringMilliseconds: null, answerMilliseconds: null, callMilliseconds: 0 },
  ...{ media: null, echo: null, tone: null },
}
