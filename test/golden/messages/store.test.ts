import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import {
  OPERATIONS,
  type Answer,
  type Message,
  type OperationName,
  type Request,
} from '../../../src/messages/store/operations.ts'
import { bucketWidth } from '../../../src/rules/retention/bucket.ts'
import type { Sealed } from '../../../src/seal/sealed.ts'
import { expectGolden } from '../../harness/golden.ts'

const FILE = join(import.meta.dirname, 'store.json')
const [CALL, BUCKET] = ['6f9619ff-8b86-4d01-b42d-00cf4fc964ff', '0b1d5e1c-2f6a-4f0e-9d53-1a2b3c4d5e6f']
const EXPORT = '5b0c7d3a-91f4-4c55-8a7e-3f2d1c0b9a88'
const [ENDED, LIFE] = [1_795_770_000_000, 2_592_000]
const key = Buffer.alloc(60, 7)
const wrapped = { generation: '2026-11-29', key }
const width = bucketWidth(LIFE)
const opensAt = Math.floor((ENDED + LIFE * 1_000) / width) * width
const bucket = { policy: 'month', class: 'Transcript' as const, life: LIFE, opensAt, closesAt: opensAt + width }
const place = { class: 'Transcript' as const, sequence: 3, expiresAt: ENDED + LIFE * 1_000 }
const stored = { call: CALL, ...place, key, body: Buffer.alloc(30, 9) }

/** One of each. */
const samples: { readonly [N in OperationName]: { request: Request<N>; answer: Answer<N> } } = {
  policy: { request: { policy: 'month' }, answer: { rules: [{ class: 'Transcript', seconds: LIFE }] } },
  bucket: { request: { bucket, fresh: wrapped }, answer: { row: { id: BUCKET, ...wrapped } } },
  append: {
    request: {
      records: [{ bucket: BUCKET, record: stored as unknown as Sealed }],
      delivery: { call: CALL, policy: 'month', bucket: BUCKET, giveUpAt: ENDED + 900_000 },
    },
    answer: { fresh: 1 },
  },
  read: {
    request: { call: CALL, most: 1_000, after: place },
    answer: { rows: [{ ...stored, bucket, wrapped }], more: false },
  },
  under: {
    request: { generation: '2026-11-28', most: 500 },
    answer: { keys: [{ id: BUCKET, ...wrapped, bucket }] },
  },
  rewrap: { request: { id: BUCKET, before: wrapped, after: wrapped }, answer: { done: true } },
  generations: { request: {}, answer: { generations: ['2026-11-28', '2026-11-29'] } },
  retire: { request: { generation: '2026-11-28' }, answer: { done: false } },
  claim: {
    request: { most: 10, leaseMs: 15_000 },
    answer: { deliveries: [{ call: CALL, policy: 'month', giveUpAt: ENDED + 900_000, tries: 2 }] },
  },
  postpone: { request: { call: CALL, waitMs: 4_000 }, answer: {} },
  remove: { request: { call: CALL }, answer: {} },
  beginExport: { request: { policy: 'month', hold: 'case-7', askedBy: 'jane' }, answer: { id: EXPORT } },
  readExport: {
    request: {
      ...{ id: EXPORT, most: 1_000 },
      after: { bucket: BUCKET, call: CALL, sequence: 3, expiresAt: place.expiresAt },
    },
    answer: { rows: [{ id: BUCKET, ...stored, bucket, wrapped }] },
  },
  exports: {
    request: {},
    answer: { exports: [{ policy: 'month', hold: 'case-7', askedBy: 'jane', askedAt: ENDED, records: 12 }] },
  },
  waiting: { request: {}, answer: { waiting: 4 } },
}
type Written = Record<OperationName, Record<'request' | 'answer', unknown>>
const names = Object.keys(OPERATIONS) as OperationName[]
const of = (name: OperationName, side: 'request' | 'answer') => OPERATIONS[name][side] as Message<unknown>

/** Two versions meet while an installation is upgraded: what one writes the other reads. */
describe('the messages between records and store', () => {
  it('are written exactly as on file', () => {
    const texts = names.map((name) => {
      const written = (side: 'request' | 'answer') => JSON.parse(of(name, side).write(samples[name][side])) as unknown
      return [name, { request: written('request'), answer: written('answer') }]
    })
    expectGolden(FILE, `${JSON.stringify(Object.fromEntries(texts), null, 2)}\n`)
  })

  it('are read from the file', () => {
    const file = JSON.parse(readFileSync(FILE, 'utf8')) as Written
    for (const name of names)
      for (const side of ['request', 'answer'] as const)
        expect(of(name, side).read(JSON.stringify(file[name][side])), `${name} ${side}`).to.deep.equal(samples[name][side])
  })
})
