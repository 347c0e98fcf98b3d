/** What is kept of a call, gathered while it lasts. A class that is not kept is never gathered. Pure. */
import { LONGEST_IN_MEMORY_SECONDS } from '../../rules/delivery/targets.ts'
import { isGathered, keepingOf, type Keeping, narrowedKeeping } from '../../rules/retention/keeping.ts'
import type { DataClass } from '../../rules/retention/life.ts'
import type { Turn } from '../call/types.ts'

/** One piece of data of a call, in the clear. */
export interface PlainRecord {
  readonly class: DataClass
  /** Place among the records of the same call and class, from 0. */
  readonly sequence: number
  /** Seconds from the end of the call to its expiry, from 1; of what is delivered from memory, how long it may wait. */
  readonly life: number
  /** JSON. Overwritten once nobody needs it. */
  readonly body: Buffer
}

/** What is stored of a call that has ended, or delivered from memory. */
export interface CallRecords {
  readonly to: 'Store' | 'Deliver'
  /** UUID. */
  readonly call: string
  readonly policy: string
  /** HOST:PORT of the program that keeps them. */
  readonly place: string
  /** Milliseconds since 1970. */
  readonly endedAt: number
  readonly records: readonly PlainRecord[]
}

/** What one side said or pressed. `at`: milliseconds since the call began. */
type TranscriptTurn = { readonly at: number; readonly who: 'Bot' | 'Caller' } & (
  { readonly text: string } | { readonly keys: string }
)

interface Gathered<T> {
  readonly items: readonly T[]
  /** About so many octets of JSON. */
  readonly octets: number
  /** There was more than is kept. */
  readonly isCut: boolean
}

/** A call that goes on. */
export interface CallRecord {
  /** Undefined: nothing is kept, and never will be. */
  readonly keeping: Keeping | undefined
  readonly call: string
  readonly bot: string
  /** Milliseconds since 1970. */
  readonly startedAt: number
  readonly callerNumber: string | undefined
  readonly turns: Gathered<TranscriptTurn>
  readonly steps: Gathered<{ readonly at: number; readonly step: string }>
}

export type RecordEvent =
  /** @param at milliseconds since the call began */
  | { readonly type: 'Turn'; readonly at: number; readonly turn: Turn }
  | { readonly type: 'PolicyChanged'; readonly keeping: Keeping | undefined }

export interface CallEnd {
  /** Milliseconds since 1970. */
  readonly endedAt: number
  readonly seconds: number
  readonly outcome: string
  /** In our words. */
  readonly reason: string
  /** What may leave the bot, by field. */
  readonly collected: Readonly<Record<string, string>>
}

/** A call of an hour has about 60,000 octets of words. */
export const MOST_TRANSCRIPT_OCTETS = 262_144
export const MOST_FIELDS_OCTETS = 65_536
export const MOST_STEPS_OCTETS = 65_536
/** Of an item, besides its text. */
const ITEM_OCTETS = 48
const LONGEST_NUMBER = 64

const nothing: Gathered<never> = { items: [], octets: 0, isCut: false }

export function beginRecord(
  o: Pick<CallRecord, 'keeping' | 'call' | 'bot' | 'startedAt' | 'callerNumber'>,
): CallRecord {
  const { keeping, call, bot, startedAt, callerNumber } = o
  return forgetUnkept({ keeping, call, bot, startedAt, callerNumber, turns: nothing, steps: nothing })
}

export function stepRecord(record: CallRecord, event: RecordEvent): CallRecord {
  if (event.type === 'Turn') return noteTurn(record, event.at, event.turn)
  return forgetUnkept({ ...record, keeping: narrowedKeeping(record.keeping, event.keeping) })
}

/** What was gathered of a class before the policy became tighter goes at once. */
function forgetUnkept(record: CallRecord): CallRecord {
  return {
    ...record,
    ...(!keeps(record, 'CallerNumber') && { callerNumber: undefined }),
    ...(!keeps(record, 'Transcript') && { turns: nothing }),
    ...(!keeps(record, 'Diagnostics') && { steps: nothing }),
  }
}

const keeps = ({ keeping }: CallRecord, dataClass: DataClass) => keeping !== undefined && isGathered(keeping, dataClass)

function noteTurn(record: CallRecord, at: number, turn: Turn): CallRecord {
  if ('step' in turn) {
    if (!keeps(record, 'Diagnostics')) return record
    return { ...record, steps: gather(record.steps, { at, step: turn.step }, turn.step, MOST_STEPS_OCTETS) }
  }
  if (!keeps(record, 'Transcript')) return record
  if ('key' in turn) return { ...record, turns: withKey(record.turns, at, turn.key) }
  const [who, text] = 'heard' in turn ? (['Caller', turn.heard] as const) : (['Bot', turn.said] as const)
  return { ...record, turns: gather(record.turns, { at, who, text }, text, MOST_TRANSCRIPT_OCTETS) }
}

function gather<T>(before: Gathered<T>, item: T, text: string, most: number): Gathered<T> {
  const octets = before.octets + ITEM_OCTETS + octetsOf(text)
  if (octets > most) return { ...before, isCut: true }
  return { ...before, items: [...before.items, item], octets }
}

const octetsOf = (text: string) => Buffer.byteLength(JSON.stringify(text))

/** Keys of an answer with sensitivity Secret come hidden, and leave no trace: not even how many they were. */
function withKey(turns: CallRecord['turns'], at: number, key: string): CallRecord['turns'] {
  if (!/^[0-9*#]$/.test(key)) return turns
  const last = turns.items.at(-1)
  if (last === undefined || !('keys' in last))
    return gather(turns, { at, who: 'Caller', keys: key }, key, MOST_TRANSCRIPT_OCTETS)
  const octets = turns.octets + 1
  if (octets > MOST_TRANSCRIPT_OCTETS) return { ...turns, isCut: true }
  return { ...turns, items: [...turns.items.slice(0, -1), { ...last, keys: last.keys + key }], octets }
}

/** At most one to store and one to deliver; none: nothing is kept. */
export function endRecord(record: CallRecord, end: CallEnd): CallRecords[] {
  const keeping = record.keeping && keepingOf(record.keeping)
  if (keeping === undefined) return []
  const records = Object.entries(contentOf(record, end)).flatMap(([name, content]): PlainRecord[] => {
    const dataClass = name as DataClass
    if (content === undefined || !isGathered(keeping, dataClass)) return []
    const life = keeping.lives[dataClass] ?? LONGEST_IN_MEMORY_SECONDS
    return [{ class: dataClass, sequence: 0, life, body: Buffer.from(JSON.stringify(content)) }]
  })
  const isStored = (one: PlainRecord) => keeping.lives[one.class] !== undefined
  const [stored, delivered] = [records.filter(isStored), records.filter((one) => !isStored(one))]
  const common = { call: record.call, policy: keeping.policy, place: keeping.records, endedAt: end.endedAt }
  return [
    { to: 'Store', ...common, records: stored } as const,
    { to: 'Deliver', ...common, records: delivered } as const,
  ].filter((each) => each.records.length > 0)
}

/** Of each class what there is to keep. Recordings are not made yet. */
function contentOf(record: CallRecord, end: CallEnd): Partial<Record<DataClass, object | undefined>> {
  const { bot, startedAt, callerNumber, turns, steps } = record
  const { endedAt, seconds, outcome, reason, collected } = end
  const at = (time: number) => new Date(time).toISOString()
  const times = { startedAt: at(startedAt), endedAt: at(endedAt), durationSeconds: Math.round(seconds * 10) / 10 }
  return {
    CallMetadata: { bot, direction: 'Inbound', ...times, outcome },
    CallerNumber: callerNumber === undefined ? undefined : { number: callerNumber.slice(0, LONGEST_NUMBER) },
    Transcript: turns.items.length === 0 ? undefined : { turns: turns.items, isCut: turns.isCut },
    CollectedFields: fieldsWithin(collected),
    Diagnostics: { outcome, reason, steps: steps.items, isCut: steps.isCut },
  }
}

function fieldsWithin(collected: CallEnd['collected']): object | undefined {
  const names = Object.keys(collected)
  if (names.length === 0) return undefined
  let octets = 0
  const fitting = Object.entries(collected).filter(([name, value]) => {
    const with_ = octets + ITEM_OCTETS + octetsOf(name) + octetsOf(value)
    if (with_ > MOST_FIELDS_OCTETS) return false
    octets = with_
    return true
  })
  return { fields: Object.fromEntries(fitting), isCut: fitting.length < names.length }
}
