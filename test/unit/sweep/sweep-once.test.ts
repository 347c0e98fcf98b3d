import { expect } from 'chai'
import type { StoreRefusal } from '../../../src/store/postgres/refusal.ts'
import type { SweepStore, SweptBucket, SweptPartition } from '../../../src/store/postgres/sweep-store.ts'
import type { Done } from '../../../src/sweep/report.ts'
import { sweepOnce, type Step } from '../../../src/sweep/sweep-once.ts'

const NOW = Date.UTC(2026, 10, 29)
const HOUR = 3_600_000
const refusal: StoreRefusal = { kind: 'refused', reason: 'Failed', because: 'a reader holds the partition' } as never

const bucket = (id: string, tenant: string): SweptBucket => ({
  ...{ id, tenant, policy: 'thirty-days', class: 'Transcript', life: 60, shortened: 0 },
  ...{ opensAt: NOW - 2 * HOUR, closesAt: NOW - HOUR },
})
const partition = (hoursAgo: number): SweptPartition => ({
  ...{ class: 'Transcript', state: 'Attached' },
  ...{ from: NOW - (hoursAgo + 1) * HOUR, to: NOW - hoursAgo * HOUR },
})

describe('a run of sweep', () => {
  const sweep = async (more: Partial<SweepStore>, unread: readonly string[] = []) => {
    const steps: Step[] = []
    let end: Done | undefined
    const store: SweepStore = {
      now: async () => NOW,
      buckets: async () => [bucket('a', 'acme'), bucket('b', 'lilas')],
      count: async (ids) => new Map(ids.map((id) => [id, 3])),
      shorten: async () => 0,
      destroy: async (ids) => [...ids],
      endTransactions: async () => 0,
      forgetExports: async () => 0,
      clearKeyFiles: async () => undefined,
      partitions: async () => [partition(5), partition(9)],
      create: async () => undefined,
      detach: async () => undefined,
      drop: async () => undefined,
      close: async () => undefined,
      ...more,
    }
    const policies = ['acme', 'lilas'].map((tenant) => ({
      ...{ tenant, name: 'thirty-days', mode: 'Enforce', maxDeletionsPerRun: 1_000, legalHolds: [] },
      rules: [{ class: 'Transcript', seconds: 60 }],
    })) as never
    const result = await sweepOnce({
      ...{ store, policies, unread: new Set(unread), limitOfUnknown: 0, partitionWidth: HOUR, ahead: HOUR },
      onStep: async (step) => void steps.push(step),
      onDone: (done) => (end = done),
    })
    return { result, steps, end: end! }
  }

  it('makes partitions before all else: without them nobody stores anything', async () => {
    const { steps } = await sweep({})
    expect(steps[0]).to.equal('create')
    expect(steps.indexOf('destroy')).to.be.above(steps.lastIndexOf('create'))
  })

  it('asks once for each life that a policy has shortened, with all buckets of it', async () => {
    const asked: [readonly string[], number][] = []
    const living = (id: string, tenant: string) => ({ ...bucket(id, tenant), life: 7_200, closesAt: NOW })
    await sweep({
      buckets: async () => [living('a', 'acme'), living('b', 'lilas'), living('c', 'acme')],
      shorten: async (ids, seconds) => asked.push([ids, seconds]),
    })
    expect(asked).to.deep.equal([[['a', 'b', 'c'], 7_140]])
  })

  it('destroys keys by 500 at a time, and asks for nothing where none is left', async () => {
    const asked: number[] = []
    const destroy = async (ids: readonly string[]) => {
      asked.push(ids.length)
      return [...ids]
    }
    const count = async (ids: readonly string[]) => new Map(ids.map((id) => [id, 1]))
    for (const due of [0, 500, 501]) {
      const buckets = async () => Array.from({ length: due }, (_, at) => bucket(`${at}`, 'acme'))
      await sweep({ destroy, buckets, count })
    }
    expect(asked).to.deep.equal([500, 500, 1])
  })

  it('touches no key of a namespace whose policies are not known, which may hold it', async () => {
    const { result, end } = await sweep({}, ['acme'])
    expect(result).to.include({ kind: 'swept', keysDestroyed: 1 })
    expect(end.living.map(({ id }) => id)).to.deep.equal(['a'])
  })

  it('reports no key as destroyed that somebody had locked, and keeps it among the living', async () => {
    const { result, end } = await sweep({ destroy: async () => ['b'] })
    expect(result).to.include({ kind: 'swept', keysDestroyed: 1, recordsErased: 3 })
    expect(end.living.map(({ id }) => id)).to.deep.equal(['a'])
  })

  it('removes the other partitions where somebody reads one, and says afterwards that it could not', async () => {
    const dropped: number[] = []
    const { result, steps, end } = await sweep({
      detach: async ({ to }) => (to === NOW - 9 * HOUR ? refusal : undefined),
      drop: async ({ to }) => void dropped.push(to),
    })
    expect(dropped).to.deep.equal([NOW - 5 * HOUR])
    expect(steps.at(-1)).to.equal('end')
    expect(end.dropped).to.equal(1)
    expect(result).to.equal(refusal)
  })
})
