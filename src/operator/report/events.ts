import type { CallbotStatus } from '../../api/callbot.ts'
import type { BotFacts } from '../world/callbot.ts'
import { conditionOf } from './conditions/finding.ts'

/** An event about a bot, for `kubectl describe`. */
export interface ReportedEvent {
  type: 'Normal' | 'Warning'
  reason: string
  note: string
}

/**
 * One event for each change of the summary and none while it stays. That a bot starts, and serves once it has started, is
 * what everyone expects: its status says so. The condition's sentence holds nothing personal.
 */
export function eventOfChange(bot: BotFacts, status: CallbotStatus): ReportedEvent | undefined {
  const before = conditionOf(bot, 'Ready')
  const after = conditionOf({ status }, 'Ready')
  if (after === undefined || isBeginning(after.reason)) return undefined
  if (before?.status === after.status && before.reason === after.reason) return undefined
  const expected = before === undefined || isBeginning(before.reason)
  if (expected && after.status === 'True') return undefined
  return { type: after.status === 'True' ? 'Normal' : 'Warning', reason: after.reason, note: after.message }
}

/** Pods have yet to start, or edges to run the route, or to say whether the emergency number can be called. */
const isBeginning = (reason: string) => ['PodsStarting', 'RoutePending', 'RouteUnknown'].includes(reason)
