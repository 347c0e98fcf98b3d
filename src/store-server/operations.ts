/** Does what `records` of a namespace asks, within the policies and the quota of the namespace. */
import { OPERATIONS, type Answer, type OperationName, type Request } from '../messages/store/operations.ts'
import { isRefusal, refused, type StoreRefusal } from '../messages/store/refusal.ts'
import { coverOf } from '../rules/retention/holds.ts'
import type { Collected, DatabaseStore } from '../store/postgres/tenant-store.ts'
import type { Policies } from './policies.ts'
import type { Usages } from './usage.ts'

export interface Asker {
  readonly namespace: string
  /** The database as the namespace sees it. */
  readonly store: DatabaseStore
  readonly policies: Pick<Policies, 'livesOf' | 'holdOf'>
  readonly usages: Pick<Usages, 'beyond' | 'add'>
  /** Milliseconds since 1970. */
  readonly now: number
}

type Answered<N extends OperationName> = Promise<Answer<N> | StoreRefusal>
type Work = { readonly [N in OperationName]: (asker: Asker, request: Request<N>) => Answered<N> }

/** @param text of the request @returns text of the answer */
export async function perform(name: OperationName, asker: Asker, text: string): Promise<string | StoreRefusal> {
  // One of them all, whose types belong together.
  const { request, answer } = OPERATIONS[name] as (typeof OPERATIONS)['rewrap']
  const read = request.read(text)
  if (read === undefined)
    return refused('Invalid', 'the request is not valid: records and store are of different versions')
  const answered = await (WORK[name] as Work['rewrap'])(asker, read)
  return isRefusal(answered) ? answered : answer.write(answered)
}

const WORK: Work = {
  async policy({ policies, namespace }, { policy }) {
    const lives = policies.livesOf(namespace, policy)
    return { rules: lives === undefined ? null : [...lives] }
  },
  async bucket(asker, { bucket, fresh }) {
    const { store, namespace, usages } = asker
    const refusal = outsidePolicy(asker, bucket) ?? usages.beyond(namespace)
    if (refusal !== undefined) return refusal
    const row = await store.bucket({ ...bucket, tenant: namespace }, fresh)
    if (isRefusal(row)) return row
    if (row?.key.equals(fresh.key)) usages.add(namespace, { keys: 1 })
    return { row: row ?? null }
  },
  async append(asker, { records, delivery }) {
    const { store, namespace, usages } = asker
    const beyond = usages.beyond(namespace)
    if (beyond !== undefined) return beyond
    // A key of before, whose policy is gone or has become stricter meanwhile.
    const collected = await store.collected([...new Set(records.map(({ bucket }) => bucket))])
    if (isRefusal(collected)) return collected
    const refusal = collected.map((each) => outsidePolicy(asker, each)).find((each) => each !== undefined)
    if (refusal !== undefined) return refusal
    const fresh = await store.append(records, delivery)
    if (isRefusal(fresh)) return fresh
    if (fresh > 0) usages.add(namespace, { octets: octetsOf(records) })
    return { fresh }
  },
  read: async ({ store }, { call, most, after }) => {
    const page = await store.page(call, after, most)
    return isRefusal(page) ? page : { rows: [...page.rows], more: page.more }
  },
  under: ({ store }, { generation, most }) => as(store.under(generation, most), (keys) => ({ keys })),
  rewrap: ({ store }, { id, before, after }) => as(store.rewrap(id, before, after), (done) => ({ done })),
  generations: ({ store }) => as(store.generations(), (generations) => ({ generations })),
  retire: ({ store }, { generation }) => as(store.retire(generation), (done) => ({ done })),
  claim: ({ store }, { most, leaseMs }) => as(store.deliveries.claim(most, leaseMs), (deliveries) => ({ deliveries })),
  postpone: ({ store }, { call, waitMs }) => as(store.deliveries.postpone(call, waitMs), () => ({})),
  remove: ({ store }, { call }) => as(store.deliveries.remove(call), () => ({})),
  async beginExport({ store, policies, namespace, now }, { policy, hold, askedBy }) {
    const found = policies.holdOf(namespace, policy, hold)
    if (found === undefined)
      return refused(
        'Policy',
        `policy ${policy} is not in force or has no legal hold ${hold}: check its name, and wait 90 s after a change`,
      )
    const cover = coverOf(found)
    if (cover.endsAt <= now)
      return refused(
        'Policy',
        `legal hold ${hold} of policy ${policy} ended with ${found.endsOn}: nothing is read by it any more`,
      )
    return as(store.exports.begin(policy, hold, cover, askedBy), (id) => ({ id }))
  },
  readExport: ({ store }, { id, most, after }) => as(store.exports.page(id, after, most), (rows) => ({ rows })),
  exports: ({ store }) => as(store.exports.list(), (exports) => ({ exports })),
  waiting: ({ store }) => as(store.deliveries.waiting(), (waiting) => ({ waiting })),
}

/** As the database counts them (migration 008). */
const octetsOf = (records: Request<'append'>['records']) =>
  records.reduce((sum, { record }) => sum + record.body.length + 160, 0)

async function as<T, R>(asked: Promise<T | StoreRefusal>, of: (value: T) => R): Promise<R | StoreRefusal> {
  const value = await asked
  return isRefusal(value) ? value : of(value)
}

/** Nothing is stored without a policy, nor for longer than it says. */
function outsidePolicy(
  { policies, namespace }: Asker,
  { policy, class: of, life }: Collected,
): StoreRefusal | undefined {
  const lives = policies.livesOf(namespace, policy)
  if (lives === undefined) return refused('Policy', 'the policy is not known: nothing of it is stored')
  const most = lives.find((each) => each.class === of)?.seconds ?? 0
  if (life <= most) return undefined
  return refused('Policy', `the policy keeps ${of} for ${most} s at most: nothing is stored for longer`)
}
