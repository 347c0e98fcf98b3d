import type { IncomingCall } from '../../telephony/call.ts'
import type { End } from '../call/types.ts'
import type { Outcome } from '../metrics.ts'
import type { Party } from './party.ts'
import { rescue, type RescueTools } from './emergency-fallback.ts'
import type { Talked } from './conversation-session.ts'
import { bridge } from '../transfer/bridge.ts'

/** How a call that was answered has ended, in our words. */
export interface How {
  readonly outcome: Outcome
  readonly reason: string
}

/** What follows the talk with the bot: the end, or a talk with a person. Resolves when the caller has hung up, or was hung up. */
export async function conclude(
  caller: Party,
  incoming: IncomingCall,
  o: { talked: Talked; collected: Readonly<Record<string, string>>; tools: RescueTools },
): Promise<How> {
  const { talked } = o
  switch (talked.type) {
    case 'Gone':
      if (talked.cause === 'lost') return lost('signalling')
      return caller.isReferred ? referred : callerHungUp
    case 'Silent':
      await caller.dialog.bye()
      return lost('media')
    case 'HungUp':
      await caller.dialog.bye()
      return hungUp(talked)
    case 'Referred':
      await caller.dialog.bye()
      return referred
    case 'Bridged':
      await bridge(caller, talked.party)
      return { outcome: 'transferred', reason: 'bridge' }
    case 'Fallback':
      return fallBack(caller, incoming, { ...o, talked })
  }
}

async function fallBack(
  caller: Party,
  incoming: IncomingCall,
  o: { talked: Extract<End, { type: 'Fallback' }>; collected: Readonly<Record<string, string>>; tools: RescueTools },
): Promise<How> {
  const { cause, reason: detail } = o.talked
  const reason = cause === 'BotFailure' ? detail : cause
  const rescued = await rescue(caller, incoming, { ...o, cause })
  if (rescued === 'Gone') return callerHungUp
  if (rescued === 'Lost' || rescued === 'Nobody') {
    await caller.dialog.bye()
    // A person should have answered.
    return rescued === 'Lost' ? lost('media') : { outcome: 'failed', reason }
  }
  await bridge(caller, rescued)
  return { outcome: 'emergency', reason }
}

const referred: How = { outcome: 'transferred', reason: 'refer' }
const callerHungUp: How = { outcome: 'caller-hung-up', reason: 'none' }
const lost = (reason: string): How => ({ outcome: 'lost', reason })

/** With a reason, the bot's fallback leaves that cause out: the caller heard an apology. */
function hungUp({ reason }: Extract<End, { type: 'HungUp' }>): How {
  const isMeant = reason === undefined || reason === 'silence'
  return { outcome: isMeant ? 'hung-up' : 'failed', reason: reason ?? 'none' }
}
