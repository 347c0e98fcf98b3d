/** Calls to bots as the proxy counts them, each once, when its INVITE ends: route[COUNT_CALL] in kamailio.cfg. */
import type { RpcValue } from '../../wire/binrpc.ts'

export const ENDED_TABLE = 'ended'

/** How a call to a bot ends. `cancelled` and `refused` are the caller's own doing: outside of every objective. */
export const OUTCOMES = ['bot', 'person', 'late', 'turned-away', 'failed', 'abandoned', 'cancelled', 'refused'] as const
export type CallOutcome = (typeof OUTCOMES)[number]

/** By the name that the bot's pods prove. */
export type EndedCalls = ReadonlyMap<string, Readonly<Record<CallOutcome, number>>>

const none = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<CallOutcome, number>

/** @param rows `NAME::OUTCOME` -> calls; undefined where the proxy is away */
export function readEnded(rows: ReadonlyMap<string, RpcValue> | undefined): EndedCalls | undefined {
  if (rows === undefined) return undefined
  const ended = new Map<string, Record<CallOutcome, number>>()
  for (const [key, value] of rows) {
    const [name = '', outcome] = key.split('::')
    if (!OUTCOMES.some((each) => each === outcome)) continue
    ended.set(name, { ...none, ...ended.get(name), [outcome as CallOutcome]: Math.max(0, Number(value) || 0) })
  }
  return ended
}

/** Of one bot: no call has ended where the proxy has no row. */
export const endedOf = (ended: EndedCalls, name: string) => ended.get(name) ?? none
