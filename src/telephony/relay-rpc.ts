import { randomUUID } from 'node:crypto'
import { createSocket } from 'node:dgram'
import type { Clock } from '../runtime/clock.ts'
import { type Bencoded, decodeBencode } from '../wire/bencode.ts'

/** Asks the media relay beside us: `statistics`, `ping` ... */
export interface RelayRpc {
  /** Its answer; undefined when none came in time or it is none. Never rejects. */
  ask(command: string): Promise<Bencoded | undefined>
}

/** Speaks rtpengine's control protocol (ng) on loopback. A socket for each question: an answer to an earlier one can't be mistaken. */
export function createRelayRpc(o: { address: string; port: number; clock: Clock; timeoutMs: number }): RelayRpc {
  return {
    ask: (command) => {
      // To a cookie that it knows the relay repeats an answer.
      const cookie = randomUUID()
      const question = `${cookie} d7:command${command.length}:${command}e`
      return new Promise((resolve) => {
        const socket = createSocket('udp4')
        let isOpen = true
        const done = (answer: Bencoded | undefined) => {
          cancel()
          if (isOpen) socket.close()
          isOpen = false
          resolve(answer)
        }
        const cancel = o.clock.after(o.timeoutMs, () => done(undefined))
        socket.on('error', () => done(undefined))
        socket.on('message', (message) => done(answerTo(`${cookie} `, message.toString('latin1'))))
        // Connected: a port at which nobody listens is an error at once.
        socket.connect(o.port, o.address, () => isOpen && socket.send(question))
      })
    },
  }
}

const answerTo = (mark: string, text: string): Bencoded | undefined =>
  text.startsWith(mark) ? decodeBencode(text.slice(mark.length)) : undefined
