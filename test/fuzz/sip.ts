import assert from 'node:assert/strict'
import { readdirSync, readFileSync } from 'node:fs'
import { Framer, type Framed } from '../../src/wire/sip/framer.ts'
import { defaultLimits } from '../../src/wire/sip/limits.ts'
import { header, type SipFault, type SipMessage } from '../../src/wire/sip/message.ts'
import { parseMessage } from '../../src/wire/sip/parse-datagram.ts'
import { understandRequest, understandResponse } from '../../src/wire/sip/parse-headers.ts'
import { settle } from '../harness/fake-clock.ts'
import { tagOf } from '../harness/sip-network.ts'
import { callMessages, createFuzzedAgent, type FuzzedAgent } from './agent.ts'
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
/** After so many messages the agent is a new one, and a new call begins. */
const PER_CALL = 100
/** After so many messages, what waits for a promise gets its turn. */
const PER_TURN = 10

/** Every torture message of RFC 4475 and RFC 5118. */
function corpus(): Buffer[] {
  return ['rfc4475', 'rfc5118'].flatMap((folder) =>
    readdirSync(`test/fixtures/sip/${folder}`).map((file) => readFileSync(`test/fixtures/sip/${folder}/${file}`)),
  )
}

/** An agent in the middle of a call, and the messages that fit there. */
function openCall(): { agent: FuzzedAgent; seeds: Buffer[] } {
  const agent = createFuzzedAgent()
  const first = callMessages('')
  agent.receive(parseMessage(first[0]!), agent.flow)
  const tag = agent.sent().flatMap((octets) => tagOf(parseMessage(octets) as SipMessage, 'to') ?? [])[0] ?? ''
  assert(tag !== '', 'the call that the mutations need was not answered')
  return { agent, seeds: [...first, ...callMessages(tag)] }
}

/**
 * Sends mutated messages through all that a stranger's octets reach: the parser, both framings, and an agent in the middle of a call.
 * @throws Error with the seed and the message, if one crashes, stalls, is read in two ways or gets an answer that isn't SIP
 */
export async function fuzzSip(o: {
  messages: number
  seed: number
  onProgress?: (done: number) => void
}): Promise<FuzzResult> {
  const strangers = corpus()
  const next = chance(o.seed)
  const outcomes: Record<string, number> = {}
  let call = openCall()
  let slowestMs = 0
  for (let done = 0; done < o.messages; done++) {
    if (done % PER_TURN === 0) await settle()
    if (done % PER_CALL === PER_CALL - 1) {
      call.agent.elapse()
      checkAnswers(call.agent)
      call = openCall()
    }
    const octets = mutate(next(2) === 0 ? strangers : call.seeds, next)
    const cut = 1 + next(octets.length + 1)
    try {
      const start = performance.now()
      const outcome = feed(octets, cut, call.agent)
      outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      let ms = performance.now() - start
      // The machine may have been busy with something else: then what counts is the time that we had the processor.
      for (let tries = 0; tries < 4 && ms > SUSPICIOUS_MS; tries++) {
        ms = Math.min(
          ms,
          processorMs(() => feed(octets, cut, call.agent)),
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

function feed(octets: Buffer, cut: number, agent: FuzzedAgent): string {
  const message = parseMessage(octets)
  const framed = frame(octets, cut)
  sameInBoth(message, framed)
  for (const one of framed) {
    if (one.kind === 'ping' || one.kind === 'pong') continue
    agent.receive(one, agent.flow)
    checkAnswers(agent)
  }
  agent.receive(message, agent.flow)
  const status = checkAnswers(agent)
  if (message.kind === 'response') return 'kind' in understandResponse(message) ? 'discarded' : 'response'
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

/** Everything that was sent has to be SIP. Gives the last status of it. */
function checkAnswers(agent: FuzzedAgent): number | 'none' {
  let status: number | 'none' = 'none'
  for (const octets of agent.sent()) {
    const read = parseMessage(octets, { ...defaultLimits, headOctets: 131_072, startLineOctets: 65_536, headers: 900 })
    assert(read.kind !== 'fault', `what was sent is not SIP: ${read.kind === 'fault' ? read.because : ''}`)
    if (read.kind === 'response') status = read.status
  }
  return status
}
