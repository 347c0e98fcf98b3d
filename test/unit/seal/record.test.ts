import { expect } from 'chai'
import { randomBytes } from 'node:crypto'
import fc from 'fast-check'
import { bucketOf } from '../../../src/rules/retention/bucket.ts'
import { createBucketKey, rewrapBucketKey, unwrapBucketKey } from '../../../src/seal/bucket-key.ts'
import { openHeld, openRecord, sealerOf } from '../../../src/seal/record.ts'
import { forget, readRoots, type Roots } from '../../../src/seal/roots.ts'
import { costOf } from '../../harness/event-loop.ts'

const line = (generation: string, key = randomBytes(32)) => `${generation} ${key.toString('base64')}`
const roots = (...lines: string[]) => readRoots(lines.join('\n')) as Roots

const EXPIRES = 2_000_000_000_000
const CALL = '7d0c8a2e-58a4-4d0f-9a57-0d9e2f6f9f10'
const bucket = bucketOf({ tenant: 'cabinet', policy: 'month', class: 'Transcript', life: 2_592_000 }, EXPIRES)
const owner = { bucket: { ...bucket, class: 'Transcript' as const }, call: CALL }

const sealed = (plain: Buffer, sequence = 0, bucketKey = randomBytes(32)) => {
  const sealer = sealerOf(owner, bucketKey)
  return { bucketKey, record: sealer.seal(sequence, EXPIRES, plain) }
}
const reason = (result: object) => ('reason' in result ? result.reason : result)

describe('a sealed record', () => {
  it('is opened by those who have the key of its bucket', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 500 }), fc.nat(), (octets, sequence) => {
        const { bucketKey, record } = sealed(Buffer.from(octets), sequence)
        expect(openRecord(owner, record, bucketKey, EXPIRES - 1)).to.deep.equal(Buffer.from(octets))
      }),
    )
  })

  it('is not opened from its second on, even by those who have the key', () => {
    const { bucketKey, record } = sealed(Buffer.from('bonjour'))
    expect(openRecord(owner, record, bucketKey, EXPIRES)).to.include({ kind: 'failed', reason: 'Expired' })
  })

  it('is opened after its second under a legal hold alone, and then as little as before when it was altered', () => {
    const { bucketKey, record } = sealed(Buffer.from('bonjour'))
    expect(openHeld(owner, record, bucketKey)).to.deep.equal(Buffer.from('bonjour'))
    const later = { ...record, expiresAt: EXPIRES + 1 }
    expect(openHeld(owner, later, bucketKey)).to.include({ kind: 'failed', reason: 'Altered' })
  })

  it('is not opened as a record of another tenant, call, class, policy or bucket, at another place, or with another expiry', () => {
    const { bucketKey, record } = sealed(Buffer.from('bonjour'), 3)
    const asOwner = (changes: object) => ({ ...owner, bucket: { ...owner.bucket, ...changes } })
    const tries = [
      openRecord(asOwner({ tenant: 'other' }), record, bucketKey, 0),
      openRecord(asOwner({ class: 'Recording' }), record, bucketKey, 0),
      openRecord(asOwner({ policy: 'year' }), record, bucketKey, 0),
      openRecord(asOwner({ opensAt: bucket.opensAt + 1 }), record, bucketKey, 0),
      openRecord({ ...owner, call: CALL.replace('7', '8') }, record, bucketKey, 0),
      openRecord(owner, { ...record, sequence: 4 }, bucketKey, 0),
      openRecord(owner, { ...record, expiresAt: EXPIRES + 1 }, bucketKey, 0),
      openRecord(owner, record, randomBytes(32), 0),
      openRecord(owner, { ...record, key: sealed(Buffer.from('x')).record.key }, bucketKey, 0),
    ]
    expect(tries.map(reason)).to.deep.equal(tries.map(() => 'Altered'))
  })

  it('belongs into its bucket', () => {
    const sealer = sealerOf(owner, randomBytes(32))
    expect(() => sealer.seal(0, bucket.closesAt, Buffer.alloc(1))).to.throw(RangeError)
    expect(() => sealer.seal(0, bucket.opensAt - 1, Buffer.alloc(1))).to.throw(RangeError)
    for (const at of [bucket.opensAt, bucket.closesAt - 1])
      expect(sealer.seal(0, at, Buffer.alloc(1))).to.include({ expiresAt: at })
  })

  it('shares its data key with the records of its call and class, and with no others', () => {
    const bucketKey = randomBytes(32)
    const sealer = sealerOf(owner, bucketKey)
    const [one, two] = [sealer.seal(0, EXPIRES, Buffer.from('a')), sealer.seal(1, EXPIRES, Buffer.from('b'))]
    expect(one.key).to.equal(two.key)
    expect(sealed(Buffer.from('a'), 0, bucketKey).record.key).not.to.deep.equal(one.key)
  })
})

describe('the key of a bucket', () => {
  it('is opened with the generation that it was wrapped under', () => {
    const day = roots(line('day-2'), line('day-1'))
    const wrapped = createBucketKey(bucket, day)
    expect(wrapped.generation).to.equal('day-2')
    expect(unwrapBucketKey(wrapped, bucket, day)).to.have.length(32)
  })

  it('is lost with its generation, and the failure says which', () => {
    const wrapped = createBucketKey(bucket, roots(line('day-1')))
    const failure = unwrapBucketKey(wrapped, bucket, roots(line('day-2')))
    expect(failure).to.include({ kind: 'failed', reason: 'GenerationUnknown' })
    expect(failure).to.have.property('because').that.includes('day-1')
  })

  it('is not opened for another bucket, nor with another key of the same name', () => {
    const day = roots(line('day-1'))
    const wrapped = createBucketKey(bucket, day)
    for (const changes of [
      { tenant: 'x' },
      { policy: 'x' },
      { class: 'Recording' as const },
      { life: 1 },
      { opensAt: 0 },
      { closesAt: 0 },
    ])
      expect(reason(unwrapBucketKey(wrapped, { ...bucket, ...changes }, day))).to.equal('Altered')
    expect(reason(unwrapBucketKey(wrapped, bucket, roots(line('day-1'))))).to.equal('Altered')
  })

  it('is the same under a new generation, so that the old one can be destroyed', () => {
    const [old, young] = [line('day-1'), line('day-2')]
    const wrapped = createBucketKey(bucket, roots(old))
    const again = rewrapBucketKey(wrapped, bucket, roots(young, old))
    if ('kind' in again) throw new Error(again.because)
    expect(again.generation).to.equal('day-2')
    expect(unwrapBucketKey(again, bucket, roots(young))).to.deep.equal(unwrapBucketKey(wrapped, bucket, roots(old)))
    expect(reason(rewrapBucketKey(wrapped, bucket, roots(young)))).to.equal('GenerationUnknown')
  })

  it('is not opened with roots that were forgotten', () => {
    const day = roots(line('day-1'))
    const wrapped = createBucketKey(bucket, day)
    forget(day)
    expect(reason(unwrapBucketKey(wrapped, bucket, day))).to.equal('Altered')
  })
})

describe('root keys', () => {
  it('are read by generation, the current one first', () => {
    const { current, keys } = roots('', line('day-2'), '  ', `${line('day-1')}  `, '')
    expect([current, ...keys.keys()]).to.deep.equal(['day-2', 'day-2', 'day-1'])
  })

  const secret = randomBytes(32)
  const WRONG: readonly (readonly [string, string])[] = [
    ['nothing', ''],
    ['a name with other characters', line('Day_1', secret)],
    ['a key that is too short', `day-1 ${secret.subarray(1).toString('base64')}`],
    ['a key that is no base64', `day-1 ${'*'.repeat(44)}`],
    ['a third word', `${line('day-1', secret)} x`],
    ['a generation twice', `${line('day-1')}\n${line('day-1', secret)}`],
    ['a key twice', `${line('day-1', secret)}\n${line('day-2', secret)}`],
  ]
  for (const [what, text] of WRONG) {
    it(`are refused with ${what}, and nothing of them is quoted`, () => {
      const failure = readRoots(text)
      expect(failure).to.include({ kind: 'failed', reason: 'RootsInvalid' })
      expect(JSON.stringify(failure)).not.to.include(secret.toString('base64').slice(2, 12))
    })
  }

  it('are refused or read whatever the text is, and fast', () => {
    fc.assert(fc.property(fc.string({ unit: 'binary', maxLength: 2_000 }), (text) => void readRoots(text)))
    const long = 'x '.repeat(500_000)
    expect(
      costOf(() => readRoots(long)),
      'milliseconds of a core',
    ).to.be.lessThan(200)
  })
})
