import type { IncomingCall } from '../../telephony/call.ts'
import type { End } from '../call/types.ts'
import type { Outcome } from '../metrics.ts'
import type { Party } from './party.ts'
import { reachEmergencyNumber, type EmergencyFallbackOptions } from './emergency-fallback.ts'
import type { ConversationEnd } from './conversation-session.ts'
import { bridge } from '../transfer/bridge.ts'

/** How a call that was answered has ended, in our words. */
export interface CallResult {
  readonly outcome: Outcome
  readonly reason: string
}

/** What follows the talk with the bot: the end, or a talk with a person. Resolves when the caller has hung up, or was hung up. */
export async function completeCall(
  caller: Party,
  incoming: IncomingCall,
  o: {
    conversationEnd: ConversationEnd
    handOver: Readonly<Record<string, string>>
    options: EmergencyFallbackOptions
  },
): Promise<CallResult> {
  const { conversationEnd } = o
  switch (conversationEnd.type) {
    case 'Gone':
      if (conversationEnd.cause === 'lost') return lost('signalling')
      return caller.isReferred ? referred : callerHungUp
    case 'Silent':
      await caller.dialog.bye()
      return lost('media')
    case 'HungUp':
      await caller.dialog.bye()
      return hungUp(conversationEnd)
    case 'Referred':
      await caller.dialog.bye()
      return referred
    case 'Bridged':
      await bridge(caller, conversationEnd.party)
      return { outcome: 'transferred', reason: 'bridge' }
    case 'Fallback':
      return callEmergencyNumber(caller, incoming, { ...o, conversationEnd })
  }
}

async function callEmergencyNumber(
  caller: Party,
  incoming: IncomingCall,
  o: {
    conversationEnd: Extract<End, { type: 'Fallback' }>
    handOver: Readonly<Record<string, string>>
    options: EmergencyFallbackOptions
  },
): Promise<CallResult> {
  const { cause, reason: detail } = o.conversationEnd
  const reason = cause === 'BotFailure' ? detail : cause
  const result = await reachEmergencyNumber(caller, incoming, { ...o, cause })
  if (result === 'Gone') return callerHungUp
  if (result === 'Lost' || result === 'Nobody') {
    await caller.dialog.bye()
    // A person should have answered.
    return result === 'Lost' ? lost('media') : { outcome: 'failed', reason }
  }
  await bridge(caller, result)
  return { outcome: 'emergency', reason }
}

const referred: CallResult = { outcome: 'transferred', reason: 'refer' }
const callerHungUp: CallResult = { outcome: 'caller-hung-up', reason: 'none' }
const lost = (reason: string): CallResult => ({ outcome: 'lost', reason })

/** With a reason, the bot's fallback leaves that cause out: the caller heard an apology. */
function hungUp({ reason }: Extract<End, { type: 'HungUp' }>): CallResult {
  const isMeant = reason === undefined || reason === 'silence'
  return { outcome: isMeant ? 'hung-up' : 'failed', reason: reason ?? 'none' }
}
