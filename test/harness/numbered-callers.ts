/** Callers from outside, at every edge in turn, each with a number of its own: by it, what comes of a call is known again. */
import { randomInt } from 'node:crypto'
import { EDGE_NAME, readyEdges, SIPS_PORT } from '../../hack/calls/edges.ts'
import { host } from '../../hack/cluster/settings.ts'
import { createAuthority } from './authority.ts'
import { edgeAuthority } from './edges.ts'
import { createLoopbackCaller, type LoopbackCall } from './loopback-caller.ts'

export interface NumberedCall extends LoopbackCall {
  /** Of the caller, as E.164 has it. */
  readonly from: string
}

export interface NumberedCallers {
  /** Eleven digits with which all their numbers begin, and no others. */
  readonly digits: string
  /** Resolves when the call is answered. @throws when it is refused */
  place(number: string): Promise<NumberedCall>
  /** So many calls that the bot ends, so many of them at a time. @param onEnd gets how many are over. @returns their numbers */
  placeAll(o: { number: string; calls: number; concurrent: number; onEnd?: (over: number) => void }): Promise<string[]>
  close(): Promise<void>
}

export async function gatherNumberedCallers(): Promise<NumberedCallers> {
  const edges = await readyEdges()
  const tls = { ca: await edgeAuthority(), ...createAuthority('callers').issue(['caller.example.net']) }
  const caller = await createLoopbackCaller(tls, host.address)
  const digits = `339${randomInt(10 ** 8)
    .toString()
    .padStart(8, '0')}`
  let placed = 0
  const place = async (number: string): Promise<NumberedCall> => {
    const index = placed++
    const from = `+${digits}${`${index}`.padStart(4, '0')}`
    const to = { host: edges[index % edges.length]!.address, port: SIPS_PORT, servername: EDGE_NAME }
    const call = await caller.call({ ...to, number, from, timeoutMs: 20_000 })
    if (typeof call === 'number') throw new Error(`the call from ${from} was refused with ${call}`)
    return { ...call, from }
  }
  return {
    ...{ digits, place, close: () => caller.close() },
    async placeAll({ number, calls, concurrent, onEnd }) {
      const over: string[] = []
      let begun = 0
      const work = async () => {
        while (begun++ < calls) {
          const { from, ended } = await place(number)
          const cause = await ended
          if (cause !== 'remote') throw new Error(`the call from ${from} ended by ${cause}`)
          over.push(from)
          onEnd?.(over.length)
        }
      }
      await Promise.all(Array.from({ length: concurrent }, work))
      return over
    },
  }
}
