import { expect } from 'chai'
import { randomUUID } from 'node:crypto'
import fc from 'fast-check'
import { callIn, readSubmission } from '../../../src/records/submission.ts'

const NOW = Date.UTC(2026, 10, 27)
const DAY = 86_400_000
const CALL = randomUUID()
const record = { class: 'CallMetadata', sequence: 0, life: 60, body: Buffer.from('{}').toString('base64') }
const good = { policy: 'thirty-days', endedAt: NOW - 1_000, records: [record] }

const read = (value: unknown) => readSubmission(CALL, typeof value === 'string' ? value : JSON.stringify(value), NOW)
const statusOf = (value: unknown) => {
  const result = read(value)
  return 'kind' in result ? result.status : 204
}

describe('what a pod submits', () => {
  it('is read with its bodies in octets', () => {
    const records = [{ class: 'CallMetadata', sequence: 0, life: 60, body: Buffer.from('{}') }]
    expect(read(good)).to.deep.equal({ call: CALL, policy: 'thirty-days', endedAt: NOW - 1_000, records })
  })

  it('is refused for good when it is not as the guide says', () => {
    const wrong: unknown[] = [
      ...['', '[]', 'null', '{"a":', '['.repeat(100_000)],
      ...[
        { ...good, more: 1 },
        { ...good, policy: 'A policy' },
        { ...good, endedAt: 1.5 },
        { ...good, endedAt: '1' },
      ],
      ...[
        { ...good, records: [] },
        { ...good, records: Array.from({ length: 101 }, (_, sequence) => ({ ...record, sequence })) },
      ],
      ...[
        { class: 'Words' },
        { sequence: -1 },
        { life: 315_360_001 },
        { body: '' },
        { body: 'é===' },
        { other: 1 },
      ].map((change) => ({ ...good, records: [{ ...record, ...change }] })),
      { ...good, records: [record, record] },
    ]
    for (const value of wrong) expect(statusOf(value), JSON.stringify(value).slice(0, 80)).to.equal(400)
  })

  it('has no life of 0: such a record is never sent', () => {
    expect(statusOf({ ...good, records: [{ ...record, life: 0 }] })).to.equal(422)
  })

  it('is of the last day, and not of the future', () => {
    const at = (endedAt: number) => statusOf({ ...good, endedAt })
    expect(at(NOW - DAY)).to.equal(204)
    expect(at(NOW - DAY - 1)).to.equal(422)
    expect(at(NOW + 1_000)).to.equal(204)
    expect(at(NOW + 60_001)).to.equal(422)
  })

  it('comes again in a moment when the clock of its node is a little ahead', () => {
    expect(read({ ...good, endedAt: NOW + 2_500 })).to.include({ status: 503, retryAfter: 3 })
  })

  it('is quoted nowhere when it is refused, and throws nothing, however hostile', () => {
    const canary = 'Durand-0612345678'
    const change = fc.constantFrom<object>(
      { policy: canary },
      { endedAt: canary },
      { records: canary },
      { [canary]: 1 },
    )
    fc.assert(
      fc.property(change, (each) => {
        expect(JSON.stringify(read({ ...good, ...each }))).to.not.include(canary)
      }),
    )
    fc.assert(fc.property(fc.string(), (text) => void read(text)))
    fc.assert(fc.property(fc.json(), (text) => void read(text)))
  })

  it('is of the call in its path, a UUID in lower case', () => {
    expect(callIn(`/calls/${CALL}`)).to.deep.equal({ call: CALL, to: 'Store' })
    expect(callIn(`/deliveries/${CALL}`)).to.deep.equal({ call: CALL, to: 'Deliver' })
    for (const path of ['/calls/', '/calls/1', `/calls/${CALL}/`, `/calls/${CALL.toUpperCase()}x`, `/${CALL}`])
      expect(callIn(path), path).to.equal(undefined)
  })
})
