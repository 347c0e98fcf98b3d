import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { createAnswer } from '../../src/voice/answer.ts'
import { Framer, type Framed } from '../../src/wire/sip/framer.ts'
import { defaultLimits } from '../../src/wire/sip/limits.ts'
import { header, type SipFault, type SipMessage, type SipRequest } from '../../src/wire/sip/message.ts'
import { parseMessage } from '../../src/wire/sip/parse.ts'
import { serialise } from '../../src/wire/sip/serialise.ts'
import { understandRequest, understandResponse } from '../../src/wire/sip/understand.ts'
import { agent } from '../unit/telephony/torture/outcome.ts'
import { chance, mutate } from './mutate.ts'

export interface FuzzResult {
  readonly messages: number
  /** What became of them, and how often. */
  readonly outcomes: Readonly<Record<string, number>>
  /** The longest that one message took, milliseconds. */
  readonly slowestMs: number
}

const STALL_MS = 20
const SUSPICIOUS_MS = 1
const source = { address: '192.0.2.7', port: 5061 }

/** Every torture message of RFC 4475 and RFC 5118. */
function corpus(): Buffer[] {
  return ['rfc4475', 'rfc5118'].flatMap((folder) =>
    readdirSync(`test/fixtures/sip/${folder}`).map((file) => readFileSync(`test/fixtures/sip/${folder}/${file}`)),
  )
}

/**
 * Sends mutated messages through all that a stranger's octets reach.
 * @throws Error with the seed and the message, if one crashes, stalls, is read in two ways or gets an answer that isn't SIP
 */
export function fuzzSip(o: { messages: number; seed: number; onProgress?: (done: number) => void }): FuzzResult {
  const seeds = corpus()
  const next = chance(o.seed)
  const outcomes: Record<string, number> = {}
  const answer = createAnswer({ secret: Buffer.alloc(32, 1), can: agent, isDraining: () => false })
  let slowestMs = 0
  for (let done = 0; done < o.messages; done++) {
    const octets = mutate(seeds, next)
    const cut = 1 + next(octets.length + 1)
    try {
      const start = performance.now()
      const outcome = feed(octets, cut, answer)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      let ms = performance.now() - start
      // The machine may have been busy with something else: then what counts is the time that we had the processor.
      for (let tries = 0; tries < 4 && ms > SUSPICIOUS_MS; tries++) {
        ms = Math.min(
          ms,
          processorMs(() => feed(octets, cut, answer)),
        )
      }
      slowestMs = Math.max(slowestMs, ms)
      assert(ms <= STALL_MS, `it took ${ms} ms`)
    } catch (cause) {
      throw new Error(`seed ${o.seed}, message ${done}: ${JSON.stringify(octets.toString('latin1').slice(0, 4_000))}`, {
        cause,
      })
    }
    if (done % 100_000 === 0) o.onProgress?.(done)
  }
  return { messages: o.messages, outcomes, slowestMs }
}

function processorMs(work: () => void): number {
  const before = process.threadCpuUsage()
  work()
  const { user, system } = process.threadCpuUsage(before)
  return (user + system) / 1_000
}

function feed(octets: Buffer, cut: number, answer: ReturnType<typeof createAnswer>): string {
  const message = parseMessage(octets)
  const framed = frame(octets, cut)
  sameInBoth(message, framed)
  for (const one of framed) {
    if (one.kind === 'request' || one.kind === 'fault') checkAnswer(one, answer)
    if (one.kind === 'response') understandResponse(one)
  }
  if (message.kind === 'response') return 'kind' in understandResponse(message) ? 'discarded' : 'response'
  const status = checkAnswer(message, answer)
  if (message.kind === 'fault') return `fault ${status}`
  return 'kind' in understandRequest(message) ? `misunderstood ${status}` : `request ${status}`
}

function frame(octets: Buffer, cut: number): Framed[] {
  const framer = new Framer()
  return [...framer.push(octets.subarray(0, cut)), ...framer.push(octets.subarray(cut))]
}

/** A datagram and a stream of the same octets hold the same first message, else one could be smuggled past the other. */
function sameInBoth(message: SipMessage | SipFault, framed: readonly Framed[]): void {
  if (message.kind === 'fault' || header(message, 'content-length') === undefined) return
  const first = framed.find(({ kind }) => kind !== 'ping' && kind !== 'pong')
  assert(first?.kind === message.kind, 'a datagram is read otherwise than a stream')
  assert.deepEqual({ ...first, body: [...first.body] }, { ...message, body: [...message.body] })
}

function checkAnswer(received: SipRequest | SipFault, answer: ReturnType<typeof createAnswer>): number | 'none' {
  const response = answer(received, source)
  if (response === undefined) return 'none'
  const read = parseMessage(serialise(response), { ...defaultLimits, headOctets: 65_536, headers: 300 })
  assert(read.kind === 'response' && read.status === response.status, 'the answer is not SIP')
  return response.status
}
