import type { Clock } from '../runtime/clock.ts'
import { isRefusal } from '../messages/store/refusal.ts'
import { ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import type { PolicedStore } from '../store/tenant-store.ts'
import type { Receivers } from './deliver/receivers.ts'
import { keep } from './keep.ts'
import type { RecordsMetrics } from './metrics.ts'
import type { RootsFile } from './roots-file.ts'
import type { Status } from './status.ts'
import { readSubmission, type Refused, type Submission } from './submission.ts'

export interface ServiceOptions {
  readonly tenant: string
  readonly store: PolicedStore
  readonly roots: RootsFile
  readonly receivers: Receivers
  /** Something was stored that is delivered. */
  readonly onStored: () => void
  readonly status: Status
  readonly metrics: RecordsMetrics
  readonly clock: Clock
  readonly log: Log
}

/** Takes the records of a call. Undefined: all are durable. */
export async function takeCall(o: ServiceOptions, call: string, text: string): Promise<Refused | undefined> {
  const { clock, metrics, status, log } = o
  const from = clock.monotonic()
  const submission = readSubmission(call, text, clock.wall())
  const result = 'kind' in submission ? submission : await keepSealed(o, submission)
  const seconds = (clock.monotonic() - from) / 1_000
  if (result.kind === 'kept') {
    metrics.answered('stored', seconds)
    metrics.stored(result.classes)
    metrics.expired(result.expired)
    status.stored(call, result.classes.length)
    o.onStored()
    return undefined
  }
  if (result.status === 503) {
    metrics.answered('put-off', seconds)
    if (!('kind' in submission)) status.putOff(call, submission.endedAt, result, clock.wall())
    return result
  }
  metrics.answered('refused', seconds)
  // What can't be read may have held one.
  status.refusedForGood(call, 'kind' in submission ? 1 : submission.records.length)
  log.error({ status: result.status, because: ownWords(result.because) }, 'the records of a call were refused for good')
  return result
}

async function keepSealed(o: ServiceOptions, submission: Submission) {
  const { tenant, store, roots, clock } = o
  const target = o.receivers.get(submission.policy)?.target
  try {
    const result = await roots.use((current) =>
      keep({ submission, tenant, store, roots: current, now: clock.wall(), target }),
    )
    return result ?? noRoots
  } finally {
    for (const { body } of submission.records) body.fill(0)
  }
}

const noRoots: Refused = { kind: 'refused', status: 503, because: 'there are no root keys', retryAfter: 10 }

/** Asks the store whether the database answers, so that the state shows it before a call does. */
export async function probe({ store, status, log }: Pick<ServiceOptions, 'store' | 'status' | 'log'>): Promise<void> {
  const before = status.databaseProblem
  const answer = await store.under('-', 1)
  const problem = isRefusal(answer) ? answer.because : undefined
  status.databaseIs(problem)
  if (problem === before) return
  if (problem === undefined) log.info({}, 'the database answers')
  else log.error({ because: ownWords(problem) }, 'no records can be stored; pods keep theirs meanwhile')
}
