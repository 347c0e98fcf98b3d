import { expect } from 'chai'
import fc from 'fast-check'
import { DATA_CLASSES } from '../../../../src/api/retention-policy.ts'
import {
  operationAt,
  OPERATIONS,
  pathOf,
  type Message,
  type OperationName,
} from '../../../../src/messages/store/operations.ts'
import { bucketWidth } from '../../../../src/rules/retention/bucket.ts'
import { costOf } from '../../../harness/event-loop.ts'
import { LONGEST_REQUEST } from '../../../../src/messages/store/limits.ts'

const bytes = (least: number, most = least) =>
  fc.uint8Array({ minLength: least, maxLength: most }).map((all) => Buffer.from(all))
const uuid = fc.uuid().map((text) => text.toLowerCase())
const generation = fc.stringMatching(/^[a-z0-9-]{1,63}$/)
const policy = fc.stringMatching(/^[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?$/)
const dataClass = fc.constantFrom(...DATA_CLASSES)
const time = fc.integer({ min: 0, max: 4_102_444_800_000 })
const count = fc.nat()
const wrapped = fc.record({ generation, key: bytes(60) })
const bucket = fc
  .record({ policy, class: dataClass, life: fc.integer({ min: 1, max: 315_360_000 }), opensAt: time })
  .map((one) => ({ ...one, closesAt: one.opensAt + bucketWidth(one.life) }))
const stored = { call: uuid, class: dataClass, sequence: count, expiresAt: time, key: bytes(60), body: bytes(28, 200) }
const askedBy = fc.stringMatching(/^[ -~]{1,253}$/)
const delivery = fc.record({ call: uuid, policy, bucket: uuid, giveUpAt: time })

/** Values of each message. */
const values: { readonly [N in OperationName]: { request: fc.Arbitrary<unknown>; answer: fc.Arbitrary<unknown> } } = {
  policy: {
    request: fc.record({ policy }),
    answer: fc.record({
      rules: fc.option(fc.array(fc.record({ class: dataClass, seconds: fc.nat(315_360_000) }), { maxLength: 6 })),
    }),
  },
  bucket: {
    request: fc.record({ bucket, fresh: wrapped }),
    answer: fc.record({ row: fc.option(fc.record({ id: uuid, generation, key: bytes(60) })) }),
  },
  append: {
    request: fc.record(
      {
        records: fc.array(fc.record({ bucket: uuid, record: fc.record(stored) }), { minLength: 1, maxLength: 4 }),
        delivery,
      },
      { requiredKeys: ['records'] },
    ),
    answer: fc.record({ fresh: count }),
  },
  read: {
    request: fc.record(
      {
        ...{ call: uuid, most: fc.integer({ min: 1, max: 1_000 }) },
        after: fc.record({ class: dataClass, sequence: count, expiresAt: time }),
      },
      { requiredKeys: ['call', 'most'] },
    ),
    answer: fc.record({
      rows: fc.array(fc.record({ ...stored, bucket, wrapped }), { maxLength: 3 }),
      more: fc.boolean(),
    }),
  },
  under: {
    request: fc.record({ generation, most: fc.integer({ min: 1, max: 1_000 }) }),
    answer: fc.record({
      keys: fc.array(fc.record({ id: uuid, generation, key: bytes(60), bucket }), { maxLength: 3 }),
    }),
  },
  rewrap: {
    request: fc.record({ id: uuid, before: wrapped, after: wrapped }),
    answer: fc.record({ done: fc.boolean() }),
  },
  generations: { request: fc.constant({}), answer: fc.record({ generations: fc.array(generation, { maxLength: 5 }) }) },
  retire: { request: fc.record({ generation }), answer: fc.record({ done: fc.boolean() }) },
  claim: {
    request: fc.record({ most: fc.integer({ min: 1, max: 100 }), leaseMs: fc.nat() }),
    answer: fc.record({
      deliveries: fc.array(fc.record({ call: uuid, policy, giveUpAt: time, tries: count }), { maxLength: 3 }),
    }),
  },
  postpone: { request: fc.record({ call: uuid, waitMs: fc.nat() }), answer: fc.constant({}) },
  remove: { request: fc.record({ call: uuid }), answer: fc.constant({}) },
  waiting: { request: fc.constant({}), answer: fc.record({ waiting: count }) },
  beginExport: { request: fc.record({ policy, hold: policy, askedBy }), answer: fc.record({ id: uuid }) },
  readExport: {
    request: fc.record(
      {
        ...{ id: uuid, most: fc.integer({ min: 1, max: 1_000 }) },
        after: fc.record({ bucket: uuid, call: uuid, sequence: count, expiresAt: time }),
      },
      { requiredKeys: ['id', 'most'] },
    ),
    answer: fc.record({ rows: fc.array(fc.record({ id: uuid, ...stored, bucket, wrapped }), { maxLength: 3 }) }),
  },
  exports: {
    request: fc.constant({}),
    answer: fc.record({
      exports: fc.array(fc.record({ policy, hold: policy, askedBy, askedAt: time, records: count }), { maxLength: 3 }),
    }),
  },
}
const names = Object.keys(OPERATIONS) as OperationName[]
const messagesOf = (name: OperationName) =>
  (['request', 'answer'] as const).map((side) => [side, OPERATIONS[name][side] as Message<unknown>] as const)

describe('what records and store say to each other', () => {
  for (const name of names) {
    it(`is read as it was written: ${name}`, () => {
      for (const [side, message] of messagesOf(name))
        fc.assert(
          fc.property(values[name][side], (value) => {
            // fast-check's objects have no prototype.
            expect(message.read(message.write(value)), side).to.deep.equal(structuredClonePlain(value))
          }),
        )
    })
  }

  it('is read with members that a newer version adds', () => {
    for (const name of names)
      for (const [side, message] of messagesOf(name)) {
        const [value] = fc.sample(values[name][side], { numRuns: 1, seed: 7 })
        const added = JSON.stringify({ ...(JSON.parse(message.write(value)) as object), added: { by: ['a newer'] } })
        expect(message.read(added), `${name} ${side}`).to.deep.equal(message.read(message.write(value)))
      }
  })

  it('is refused as a whole when anything is no such message, and never throws', () => {
    const texts = fc.oneof(
      fc.string(),
      fc.json(),
      fc.constantFrom('', '[]', 'null', '{"__proto__":{}}', '['.repeat(100_000)),
    )
    for (const name of names.filter((each) => !['generations', 'waiting', 'exports'].includes(each)))
      fc.assert(
        fc.property(texts, (text) => {
          expect(OPERATIONS[name].request.read(text), name).to.equal(undefined)
        }),
      )
    const [rewrap] = fc.sample(values.rewrap.request, 1)
    const text = OPERATIONS.rewrap.request.write(rewrap as never)
    expect(OPERATIONS.rewrap.request.read(text.replace(/"key":"[^"]*/, '"key":"AAAA'))).to.equal(undefined)
  })

  it('is at paths of operations alone', () => {
    for (const name of names) expect(operationAt(pathOf(name))).to.equal(name)
    for (const path of ['/', '/v1/', '/v1/constructor', '/v1/__proto__', '/v2/read', '/v1/read/', 'read'])
      expect(operationAt(path), path).to.equal(undefined)
  })

  it('costs little to read, as long as it may be', () => {
    const long = [
      '{"records":['.repeat(80_000),
      `{"call":"${'x'.repeat(LONGEST_REQUEST - 20)}"}`,
      ' '.repeat(LONGEST_REQUEST),
    ]
    for (const text of long) expect(costOf(() => OPERATIONS.append.request.read(text))).to.be.below(50)
  })
})

const structuredClonePlain = (value: unknown): unknown =>
  Buffer.isBuffer(value) || typeof value !== 'object' || value === null
    ? value
    : Array.isArray(value)
      ? value.map(structuredClonePlain)
      : Object.fromEntries(Object.entries(value).map(([key, each]) => [key, structuredClonePlain(each)]))
