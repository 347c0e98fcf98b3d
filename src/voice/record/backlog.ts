/**
 * Records of calls that have ended and are not acknowledged yet, in the order of the calls. Bounded in octets. What goes out of it is given back,
 * so that its octets can be overwritten. Pure.
 */
import type { Lives } from '../../rules/retention/keeping.ts'
import type { DataClass } from '../../rules/retention/life.ts'
import type { CallRecords, PlainRecord } from './call-record.ts'

export interface WaitingCall extends CallRecords {
  /** It may have arrived, although nothing came back: its expiry must stay, or it would be kept twice. */
  readonly wasSent: boolean
}

export interface Backlog {
  readonly calls: readonly WaitingCall[]
  readonly octets: number
}

export interface Changed {
  readonly backlog: Backlog
  /** Nobody needs them any more. */
  readonly gone: readonly PlainRecord[]
}

/** What a call costs besides the bodies of its records. */
export const CALL_OCTETS = 512

/** In the order in which they give way: first the largest, last what says that there was a call. */
const SHED: readonly DataClass[] = [
  'Recording',
  'Transcript',
  'CollectedFields',
  'Diagnostics',
  'CallerNumber',
  'CallMetadata',
]

export const emptyBacklog: Backlog = { calls: [], octets: 0 }

const sizeOf = ({ records }: CallRecords) => records.reduce((sum, { body }) => sum + body.length, CALL_OCTETS)

/** Adds a call. When there are more than `most` octets, records give way by class, those of the oldest calls first. */
export function addCall(backlog: Backlog, call: CallRecords, most: number): Changed {
  let calls: readonly WaitingCall[] = [...backlog.calls, { ...call, wasSent: false }]
  let octets = backlog.octets + sizeOf(call)
  const gone: PlainRecord[] = []
  for (const dataClass of SHED) {
    if (octets <= most) break
    calls = calls.flatMap((waiting) => {
      const given = octets > most ? waiting.records.filter((record) => record.class === dataClass) : []
      if (given.length === 0) return [waiting]
      const rest = without(waiting, given)
      octets += (rest === undefined ? 0 : sizeOf(rest)) - sizeOf(waiting)
      gone.push(...given)
      return rest ?? []
    })
  }
  return { backlog: { calls, octets }, gone }
}

/** Undefined: nothing of it is left. */
function without(call: WaitingCall, gone: readonly PlainRecord[]): WaitingCall | undefined {
  const records = call.records.filter((record) => !gone.includes(record))
  return records.length === 0 ? undefined : { ...call, records }
}

function keepOnly(backlog: Backlog, isKept: (record: PlainRecord, call: WaitingCall) => boolean): Changed {
  const gone: PlainRecord[] = []
  const calls = backlog.calls.flatMap((call) => {
    const unkept = call.records.filter((record) => !isKept(record, call))
    gone.push(...unkept)
    return unkept.length === 0 ? [call] : (without(call, unkept) ?? [])
  })
  return { backlog: { calls, octets: calls.reduce((sum, call) => sum + sizeOf(call), 0) }, gone }
}

/** The call was acknowledged, or refused for good. */
export const removeCall = (backlog: Backlog, call: string): Changed => keepOnly(backlog, (_, one) => one.call !== call)

/** Records whose time is over, at `now` in milliseconds since 1970, and those that nobody would take any more. */
export const dropExpired = (backlog: Backlog, now: number, oldestMs: number): Changed =>
  keepOnly(backlog, ({ life }, { endedAt }) => endedAt + Math.min(life * 1_000, oldestMs) > now)

/** The policy is another: what it does not deliver is not delivered any more. */
export const dropUndelivered = (backlog: Backlog, deliver: readonly DataClass[]): Changed =>
  keepOnly(backlog, (record) => deliver.includes(record.class))

/** After a try that failed: others come first. */
export function moveLast(backlog: Backlog, call: string): Backlog {
  const own = backlog.calls.filter((one) => one.call === call)
  return { ...backlog, calls: [...backlog.calls.filter((one) => one.call !== call), ...own] }
}

/** Before the first try. */
export const markSent = (backlog: Backlog, call: string): Backlog => ({
  ...backlog,
  calls: backlog.calls.map((one) => (one.call === call ? { ...one, wasSent: true } : one)),
})

/**
 * The policy has become tighter. What was never sent gets the shorter life. What may have arrived keeps its own, as the rest of its policy that
 * is stored, which sweep shortens.
 */
export function tightenBacklog(backlog: Backlog, lives: Lives): Changed {
  const { backlog: rest, gone } = keepOnly(backlog, (record) => lives[record.class] !== undefined)
  const calls = rest.calls.map((call) => {
    if (call.wasSent) return call
    const records = call.records.map((record) => ({ ...record, life: Math.min(record.life, lives[record.class]!) }))
    return { ...call, records }
  })
  return { backlog: { ...rest, calls }, gone }
}
