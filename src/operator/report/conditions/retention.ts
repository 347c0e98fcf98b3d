import { wordingOf } from '../../../api/conditions.ts'
import { areKeysOverdue, isSweepOverdue, type KEY_RESTS, type SweepProblem } from '../../../rules/sweep-state.ts'
import type { RetentionPolicyOutcome } from '../../steps/retention-policy.ts'
import type { RetentionPolicyWorld, SweepFacts } from '../../world/retention-policy.ts'
import { fine, not, type Finding } from './finding.ts'

const PROBLEMS: Readonly<Record<SweepProblem, string>> = {
  PoliciesInvalid: 'sweep can not read its files of policies',
  StoreUnavailable: 'the database does not answer sweep',
  StoreRefuses: 'the database refuses what sweep asks for',
  Bug: 'sweep has failed',
}

const KEYS_IN_FILES: Readonly<Record<(typeof KEY_RESTS)[number] | 'Unknown', string>> = {
  Transactions: 'a transaction of a role that is no tenant, a replication slot or a standby still sees them',
  WalRecycled: 'its setting wal_recycle is on',
  WalKept: 'it keeps old WAL, because of wal_keep_size, a replication slot or an archive that fails',
  NotAllowed: 'callbot_admin lacks rights that docs/guides/data.md names',
  Refused: 'it refuses what sweep asks for: read the log of sweep',
  Unknown: 'sweep has not removed them yet',
}

const unavailable = (because: string) =>
  not('StoreReachable', 'StoreUnavailable', wordingOf('StoreUnavailable', { because }))

/** Whether the data of a policy can be written, read and erased. */
export function storeReachable(world: RetentionPolicyWorld, outcome: RetentionPolicyOutcome): Finding {
  const { sweep, keeping, pods } = world
  if (outcome.areKeysMissing) return not('StoreReachable', 'KeysMissing', wordingOf('KeysMissing'))
  if (sweep === 'Silent') return unavailable('sweep does not answer')
  if (sweep === 'Unasked') return starting('sweep was not asked yet')
  if (sweep.problem !== undefined) return unavailable(PROBLEMS[sweep.problem])
  if (keeping.length > 0) {
    // Each pod asks the same store: the others have had nothing to store since.
    const full = pods.find(({ state }) => state?.isFull)?.state?.reason
    if (full !== undefined) return not('StoreReachable', 'QuotaExceeded', full)
    const reason = pods.find(({ state }) => state?.reason !== undefined)?.state?.reason
    // A pod that says nothing is starting, or too slow to answer: no news.
    if (!pods.some(({ isReady, state }) => isReady && state?.ready !== false)) return noPod(reason)
  }
  return fine('StoreReachable', 'records can be stored and erased')
}

function noPod(reason: string | undefined): Finding {
  const because =
    reason === undefined
      ? 'no pod of callbot-records is ready'
      : `no pod of callbot-records can store records (${reason})`
  return not('StoreReachable', 'RecordsUnavailable', wordingOf('RecordsUnavailable', { because }))
}

const starting = (what: string): Finding => ({
  type: 'StoreReachable',
  status: 'Unknown',
  reason: 'Progressing',
  message: what,
})

/** Whether keys of expired records go at their time. */
export function purgeOnTime({ sweep }: RetentionPolicyWorld): Finding {
  if (sweep === 'Unasked') return { ...starting('sweep was not asked yet'), type: 'PurgeOnTime' }
  const { fused = 0, audited = 0 } = (sweep !== 'Silent' && sweep.policy) || {}
  if (fused > 0) return not('PurgeOnTime', 'FuseBlown', wordingOf('FuseBlown', { count: fused }))
  if (sweep === 'Silent')
    return not('PurgeOnTime', 'PurgeOverdue', wordingOf('PurgeOverdue', { since: 'lately, as far as is known' }))
  if (isSweepOverdue(sweep.sweptAgo))
    return not('PurgeOnTime', 'PurgeOverdue', wordingOf('PurgeOverdue', { since: sinceWhen(sweep) }))
  if (areKeysOverdue(sweep.keysInFiles)) {
    const because = KEYS_IN_FILES[sweep.keysInFiles.because ?? 'Unknown']
    return not('PurgeOnTime', 'KeysInFiles', wordingOf('KeysInFiles', { because }))
  }
  if (audited > 0) return not('PurgeOnTime', 'AuditOnly', wordingOf('AuditOnly', { count: audited }))
  return fine('PurgeOnTime', 'no key of an expired record is left')
}

/** Whether the receiver takes what is delivered, as the pods say that try it. */
export function delivered({ policy, pods }: RetentionPolicyWorld): Finding {
  const told = pods.flatMap(({ state }) => state?.deliveries?.filter((one) => one.policy === policy!.name) ?? [])
  const because = told.find(({ problem }) => problem !== undefined)?.problem
  const count = told.reduce((sum, { undelivered }) => sum + undelivered, 0)
  if (because !== undefined)
    return not('Delivered', 'DeliveryFailing', wordingOf('DeliveryFailing', { because, count }))
  if (told.length === 0) return { ...starting('no pod of callbot-records delivers yet'), type: 'Delivered' }
  if (count > 0) return not('Delivered', 'Undelivered', wordingOf('Undelivered', { count }))
  return fine('Delivered', 'the receiver takes what is delivered')
}

const sinceWhen = ({ sweptAgo }: SweepFacts) => (sweptAgo === undefined ? 'yet' : 'for more than two minutes')

/** What Ready allows. */
const ALLOWED: ReadonlySet<string> = new Set(['AuditOnly', 'Undelivered'])

/** The summary. @param facts undefined: the policy keeps nothing, and nothing of it is kept */
export function summariseRetention(
  { policy, sweep }: Pick<RetentionPolicyWorld, 'policy' | 'sweep'>,
  found: readonly Finding[],
): Finding {
  const worst = found.find(({ status, reason }) => status !== 'True' && !ALLOWED.has(reason))
  if (worst !== undefined) return { ...worst, type: 'Ready' }
  const known = typeof sweep === 'string' ? undefined : sweep.policy?.generation
  const { generation } = policy!
  if (known !== generation) {
    const message = wordingOf('Progressing', { generation, what: 'sweep does not go by it yet' })
    return not('Ready', 'Progressing', message)
  }
  return fine('Ready', 'records are kept and erased as the rules say')
}
