/** Calls in which every canary goes by: as the caller's number, keys, words and sound, and as the answer of the client's web service. */
import { setTimeout as after } from 'node:timers/promises'
import { host } from '../../../hack/cluster/settings.ts'
import { edgeAuthority, readyEdges } from '../edges.ts'
import { EDGE_NAME, SIPS_PORT } from '../../../hack/calls/edges.ts'
import { createAuthority } from '../authority.ts'
import { createLoopbackCaller } from '../loopback-caller.ts'
import type { SpeechStandIn } from '../speech-stand-in.ts'
import { canariesOf, type CanaryFamily } from './canaries.ts'

export interface CanaryCalls {
  /** Calls that went to the end: the bot hung up. */
  readonly whole: number
  /** What went wrong with others: a status, or how they ended. */
  readonly others: string[]
}

export interface CanaryCallsOptions {
  readonly family: CanaryFamily
  readonly number: string
  readonly calls: number
  /** Calls at a time. */
  readonly concurrent: number
  readonly speech: SpeechStandIn
}

const LONGEST_MS = 60_000
/** A bot that speaks, and is silent for so long without hanging up, asks again. */
const ASKED_AGAIN_MS = 1_000

/** Steps of a bot for these calls. @param integration its operation `payer` takes the card and the words, and answers */
export const canarySteps = [
  {
    name: 'carte',
    ask: {
      ...{ text: 'Votre carte ?', field: 'carte', keys: 'Only', sensitivity: 'Secret', confirm: 'Never' },
      ...{ slot: { type: 'Digits', minDigits: 16, maxDigits: 16 }, noInputSeconds: 20 },
    },
    next: 'nom',
  },
  {
    name: 'nom',
    ask: { text: 'Votre nom ?', field: 'nom', slot: { type: 'FreeText' }, confirm: 'Never', noInputSeconds: 20 },
    next: 'payer',
  },
  {
    name: 'payer',
    request: {
      ...{ integration: 'caisse', operation: 'payer' },
      input: ['carte', 'nom'].map((name) => ({ name, value: `{${name}}` })),
    },
    next: 'fin',
  },
  { name: 'fin', hangUp: { say: '{reponse}. Au revoir.' } },
]

/** Places all calls, at all edges in turn, and resolves when the last is over. */
export async function placeCanaryCalls(o: CanaryCallsOptions): Promise<CanaryCalls> {
  const edges = await readyEdges()
  const ca = await edgeAuthority()
  const caller = await createLoopbackCaller(
    { ca, ...createAuthority('callers').issue(['caller.example.net']) },
    host.address,
  )
  let heard = 0
  o.speech.hears = () => canariesOf(o.family, heard++).words
  const others: string[] = []
  let [next, whole] = [0, 0]
  const placeOne = async (index: number, step: (name: string) => void) => {
    const canaries = canariesOf(o.family, index)
    const edge = edges[index % edges.length]!
    const call = await caller.call({
      ...{ host: edge.address, port: SIPS_PORT, servername: EDGE_NAME, timeoutMs: 20_000 },
      ...{ number: o.number, from: canaries.number },
    })
    if (typeof call === 'number') return `status ${call}`
    step('answered')
    await call.botStops(200)
    call.session.sendDtmf(canaries.card)
    step('gave the card')
    await call.botStops(200)
    step('spoke')
    for (;;) {
      call.say(o.family.sound)
      const cause = await Promise.race([call.ended, call.botStops(ASKED_AGAIN_MS)])
      if (cause !== undefined) return cause
      step('spoke again')
    }
  }
  const work = async () => {
    while (next < o.calls) {
      const index = next++
      let last = 'placed'
      const tooLong = after(LONGEST_MS, undefined, { ref: false }).then(() => `does not end: ${last}`)
      const placed = placeOne(index, (name) => (last = name)).catch((error: Error) => error.message)
      const outcome = await Promise.race([placed, tooLong])
      if (outcome === 'remote') whole++
      else others.push(`call ${index}: ${outcome}`)
    }
  }
  await Promise.all(Array.from({ length: o.concurrent }, work))
  await caller.close()
  return { whole, others }
}
