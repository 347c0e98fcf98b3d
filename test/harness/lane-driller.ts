/** Drills the web service of a bot pod as the operator does: orders over mutual TLS, with the nonce of the answer before, and test requests. */
import type { LaneOrder } from '../../src/rules/drill/order.ts'
import type { PodLanes } from '../../src/rules/drill/pod-lanes.ts'
import type { TestRequestResult } from '../../src/rules/test-request.ts'
import type { Issued } from './authority.ts'
import { askPod } from './test-calls.ts'

export const DRILL = 'c0ffee00-0000-4000-8000-000000000002'

interface Answer {
  status: number
  nonce: string
  because?: string
}

const ORDER: Omit<LaneOrder, 'nonce'> = {
  ...{ integration: 'clinic/cabinet', drill: DRILL, term: 1, ttlMilliseconds: 3_000, fault: 'None', side: 'Primary' },
}
/** A pod takes thirty new connections a second of one address. */
const PACE_MS = 50
const POLL_MS = 200
const pause = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

/** @param operator its certificate */
export function createLaneDriller(healthPort: number, operator: Issued) {
  let timer: NodeJS.Timeout | undefined
  let requests = 0
  async function ask(method: string, path: string, body?: object, as: Issued | 'nobody' = operator) {
    await pause(PACE_MS)
    const more = { as: as === 'nobody' ? undefined : as, ...(body && { body: JSON.stringify(body) }) }
    return askPod(healthPort, { method, path, ...more })
  }
  const state = async () => JSON.parse((await ask('GET', '/state')).text) as PodLanes
  /** As the operator does: where a busy machine has made the nonce old, again with that of the answer. */
  async function order(change: Partial<LaneOrder> = {}): Promise<Answer> {
    for (let nonce = (await state()).nonce; ;) {
      const { status, text } = await ask('PUT', '/drill', { ...ORDER, nonce, ...change })
      const answer = JSON.parse(text) as Omit<Answer, 'status'>
      if (change.nonce !== undefined || !answer.because?.startsWith('the nonce is not')) return { status, ...answer }
      nonce = answer.nonce
    }
  }
  const stop = () => clearInterval(timer)
  return {
    ...{ ask, state, order, stop },
    /** From now on, once a second until `stop`. Resolves when the pod has it. */
    async hold(change: Partial<LaneOrder> = {}): Promise<void> {
      stop()
      const { status, because } = await order(change)
      if (status !== 200) throw new Error(because)
      timer = setInterval(() => void order(change).catch(() => undefined), 1_000)
    },
    /** Of the lane, as `endpoint state`; undefined: there is none. */
    async lane(): Promise<string[] | undefined> {
      return (await state()).drills[0]?.endpoints.map((each) => `${each.endpoint} ${each.state}`)
    },
    /** Sends a test request and resolves with its result. */
    async request(change: object = {}): Promise<TestRequestResult> {
      const path = `/test-requests/request-${requests++}`
      const body = { integration: 'cabinet', drill: DRILL, operation: 'slots', ...change }
      for (let answer = await ask('PUT', path, body); ; answer = await ask('GET', path)) {
        if (answer.status >= 300) throw new Error(`${answer.status} ${answer.text}`)
        const view = JSON.parse(answer.text) as { result?: TestRequestResult }
        if (view.result !== undefined) return view.result
        await pause(POLL_MS)
      }
    },
  }
}

export type LaneDriller = ReturnType<typeof createLaneDriller>
