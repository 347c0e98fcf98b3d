import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Cause } from '../../rules/flow/flow.ts'
import type { IncomingCall } from '../../telephony/call.ts'
import { LEAVE_FRAMES } from '../pipeline/frames.ts'
import type { Party } from './party.ts'
import { enqueue, idle, play } from '../pipeline/playback.ts'
import { ringingTone } from '../pipeline/tone-generator.ts'
import type { PutThrough } from '../transfer/put-through.ts'

/** The emergency number rings for as long as a caller may want to wait: there is nobody after it. Seconds. */
const RING_SECONDS = 120
/** All callers of a bot may need it at the same time, and a trunk takes so many a second. */
const PATIENCE_SECONDS = 30

/** What the call to the emergency number needs. As little as can be: it is what is left when the bot itself has failed. */
export interface EmergencyFallbackOptions extends Pick<BotConfiguration, 'fallback'> {
  readonly putThrough: PutThrough
  /** The sounds of the last words, as far as they are there. */
  readonly apology: () => readonly Int16Array[]
}

/** Who answered; or nobody, and the caller has heard an apology; or the caller has hung up meanwhile, or can't be heard any more. */
export type EmergencyFallbackResult = Party | 'Nobody' | 'Gone' | 'Lost'

/**
 * Calls the emergency number while the caller hears it ring, unless the bot's fallback leaves the cause out.
 * @param o.handOver what the person who answers may know
 */
export async function reachEmergencyNumber(
  caller: Party,
  incoming: IncomingCall,
  o: { cause: Cause; handOver: Readonly<Record<string, string>>; options: EmergencyFallbackOptions },
): Promise<EmergencyFallbackResult> {
  const { fallback, putThrough, apology } = o.options
  if (fallback.causes.includes(o.cause)) {
    const gone = new AbortController()
    let isLost = false
    void caller.dialog.ended.then(() => gone.abort())
    ring(caller, () => {
      isLost = true
      gone.abort()
    })
    const { number: to, integrationRef } = fallback
    const target = { kind: 'Emergency', integration: integrationRef.name, to } as const
    const patience = { ringSeconds: RING_SECONDS, retrySeconds: PATIENCE_SECONDS }
    const person = await putThrough(incoming, { ...target, ...patience, handOver: o.handOver }, gone.signal)
    if (person !== undefined) return person
    if (isLost) return 'Lost'
  }
  await say(caller, apology())
  return caller.dialog.isEnded ? 'Gone' : 'Nobody'
}

function ring(caller: Party, onInactive: () => void): void {
  let tick = 0
  caller.listenWith({ onFrame: () => caller.send(ringingTone(tick++)), onInactive })
}

/** Resolves when all is said and heard, or the caller has gone. */
function say(caller: Party, sounds: readonly Int16Array[]): Promise<void> {
  const clips = sounds.map((samples, id) => ({ id, text: '', bargeIn: 'Refused' as const, samples }))
  let playback = enqueue(idle, clips)
  let left = LEAVE_FRAMES
  return new Promise((resolve) => {
    void caller.dialog.ended.then(() => resolve())
    caller.listenWith({
      onFrame() {
        const [next, { samples }] = play(playback)
        playback = next
        caller.send(samples)
        if (samples === undefined && left-- === 0) resolve()
      },
    })
  })
}
