/** Calls in which every canary goes by: as the caller's number, keys, words and sound, and as the answer of the client's web service. */
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
  const others: string[] = []
  let [next, whole] = [0, 0]
  const placeOne = async (index: number) => {
    const canaries = canariesOf(o.family, index)
    const edge = edges[index % edges.length]!
    const call = await caller.call({
      ...{ host: edge.address, port: SIPS_PORT, servername: EDGE_NAME, timeoutMs: 20_000 },
      ...{ number: o.number, from: canaries.number },
    })
    if (typeof call === 'number') return others.push(`status ${call}`)
    await call.botStops(200)
    call.session.sendDtmf(canaries.card)
    await call.botStops(200)
    o.speech.toHear.push(canaries.words)
    call.say(o.family.sound)
    const cause = await call.ended
    return cause === 'remote' ? whole++ : others.push(cause)
  }
  const work = async () => {
    while (next < o.calls) {
      const index = next++
      const late = new Promise<void>((resolve) =>
        setTimeout(() => resolve(void others.push('too long')), LONGEST_MS).unref(),
      )
      await Promise.race([placeOne(index), late]).catch((error: Error) => others.push(error.message))
    }
  }
  await Promise.all(Array.from({ length: o.concurrent }, work))
  await caller.close()
  return { whole, others }
}
