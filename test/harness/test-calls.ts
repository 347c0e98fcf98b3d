/** Orders test calls of a bot pod as the operator does, and reads how they went. */
import { request } from 'node:https'
import type { TestCallResult } from '../../src/caller/judge/result.ts'
import type { TestCallOrder } from '../../src/rules/test-call.ts'
import type { Issued } from './authority.ts'

type Order = Omit<TestCallOrder, 'headers'> & Partial<Pick<TestCallOrder, 'headers'>>

interface Answer {
  status: number
  text: string
  allow: string | undefined
}

export interface Orderer {
  put(id: string, order: Order): Promise<Answer>
  get(id: string): Promise<Answer>
  callOff(id: string): Promise<Answer>
  /** Orders it and resolves with its result. */
  result(id: string, order: Order): Promise<TestCallResult>
}

/** A pod takes thirty new connections a second of one address. */
const POLL_MS = 300

/** @param operator its certificate */
export function createOrderer(healthPort: number, operator: Issued): Orderer {
  const ask = (method: string, id: string, body?: string) =>
    askPod(healthPort, { method, path: `/test-calls/${id}`, as: operator, ...(body === undefined ? {} : { body }) })
  const put = (id: string, order: Order) => ask('PUT', id, JSON.stringify(order))
  return {
    put,
    get: (id) => ask('GET', id),
    callOff: (id) => ask('DELETE', id),
    async result(id, order) {
      for (let answer = await put(id, order); ; answer = await ask('GET', id)) {
        if (answer.status >= 300) throw new Error(`${id}: ${answer.status} ${answer.text}`)
        const { state, result } = JSON.parse(answer.text) as { state: string; result?: TestCallResult }
        if (state === 'Done') return result!
        await new Promise((resolve) => setTimeout(resolve, POLL_MS))
      }
    },
  }
}

/** Asks the internal server of a pod, with a certificate or without. */
export function askPod(
  port: number,
  o: { method: string; path: string; body?: string; as?: Issued | undefined },
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const { method, path, body, as } = o
    const asked = request({ host: '127.0.0.1', port, path, method, rejectUnauthorized: false, agent: false, ...as })
    asked.on('error', reject)
    asked.on('response', (response) => {
      let text = ''
      response.on('data', (chunk) => (text += chunk))
      response.on('end', () => resolve({ status: response.statusCode ?? 0, text, allow: response.headers.allow }))
    })
    asked.end(body)
  })
}
