import { get } from 'node:http'
import { pipeline } from 'node:stream/promises'
import type { Writable } from 'node:stream'

export const TURNS_SOCKET = '/tmp/callbot-turns.sock'

/**
 * Prints each turn of each call of the pod as one line of JSON, as it happens, until the pod ends: `heard`, `said`, `key`, `step` or
 * `ended`, with a random name of the call.
 * @param o.onListening called once no turn will be missed any more
 * @throws Error that names the cure
 */
export async function run(o: { socket: string; output: Writable; onListening?: () => void }): Promise<void> {
  const response = await new Promise<NodeJS.ReadableStream>((resolve, reject) => {
    get({ socketPath: o.socket, path: '/' }, resolve).on('error', (cause) =>
      reject(new Error(`${o.socket} does not answer: run this in a bot pod (kubectl exec)`, { cause })),
    )
  })
  o.onListening?.()
  await pipeline(response, o.output, { end: false })
}
