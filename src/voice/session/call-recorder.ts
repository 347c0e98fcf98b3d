import { keepingOf } from '../../rules/retention/keeping.ts'
import type { CallPolicy } from '../../rules/policy-order.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import type { Turn } from '../call/types.ts'
import { beginRecord, type CallEnd, type CallRecords, endRecord, stepRecord } from '../record/call-record.ts'
import { shownCaller } from '../transfer/outgoing-invite.ts'

/** Where the records of calls go. */
export interface RecordKeeper {
  /** Name of the Callbot. */
  readonly bot: string
  keep(records: CallRecords): void
}

/** Gathers what is kept of one call, and hands it over at its end. */
export interface CallRecorder {
  tell(turn: Turn): void
  policyChanged(): void
  end(end: Pick<CallEnd, 'outcome' | 'reason' | 'collected'>): void
}

export function openRecorder(o: {
  readonly keeper: RecordKeeper
  readonly call: string
  readonly incoming: UnderstoodRequest
  readonly policy: () => CallPolicy
  readonly clock: Clock
}): CallRecorder {
  const { keeper, call, clock } = o
  const from = clock.monotonic()
  const since = () => clock.monotonic() - from
  const keeping = () => keepingOf(o.policy())
  const begun = { call, bot: keeper.bot, keeping: keeping(), startedAt: clock.wall() }
  let record = beginRecord({ ...begun, callerNumber: shownCaller(o.incoming)?.user })
  return {
    tell: (turn) => void (record = stepRecord(record, { type: 'Turn', at: Math.round(since()), turn })),
    policyChanged: () => void (record = stepRecord(record, { type: 'PolicyChanged', keeping: keeping() })),
    end(end) {
      const records = endRecord(record, { ...end, endedAt: Math.floor(clock.wall()), seconds: since() / 1_000 })
      record = stepRecord(record, { type: 'PolicyChanged', keeping: undefined })
      for (const each of records) keeper.keep(each)
    },
  }
}
