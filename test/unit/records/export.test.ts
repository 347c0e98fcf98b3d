import { expect } from 'chai'
import type { HeldRow } from '../../../src/messages/store/rows.ts'
import { lineOf } from '../../../src/records/export.ts'
import { bucketOf } from '../../../src/rules/retention/bucket.ts'
import { createBucketKey, unwrapBucketKey } from '../../../src/seal/bucket-key.ts'
import { sealerOf } from '../../../src/seal/record.ts'
import { someRoots } from '../../harness/stored-calls.ts'

const [LIFE, ENDED] = [60, Date.UTC(2026, 0, 31, 12)]
const EXPIRES = ENDED + LIFE * 1_000
const CALL = '7d0c8a2e-58a4-4d0f-9a57-0d9e2f6f9f10'
const roots = someRoots()
const bucket = bucketOf({ tenant: 'clinic', policy: 'month', class: 'Transcript', life: LIFE }, EXPIRES)

function held(text: string): HeldRow {
  const wrapped = createBucketKey(bucket, roots)
  const sealer = sealerOf({ bucket, call: CALL }, unwrapBucketKey(wrapped, bucket, roots) as Buffer)
  return { ...sealer.seal(3, EXPIRES, Buffer.from(text)), id: CALL, bucket, wrapped }
}

describe('a line of an export', () => {
  const expected = {
    ...{ kind: 'Record', call: CALL, class: 'Transcript', sequence: 3 },
    ...{ endedAt: '2026-01-31T12:00:00.000Z', expiresAt: '2026-01-31T12:01:00.000Z' },
  }

  it('has the record, which expired long ago, when its call ended, and when it would have gone', () => {
    expect(lineOf(held('{"turns":["bonjour"]}'), roots)).to.deep.equal({ ...expected, content: { turns: ['bonjour'] } })
  })

  it('has the octets of what is no JSON', () => {
    expect(lineOf(held('bonjour'), roots)).to.deep.equal({ ...expected, octets: 'Ym9uam91cg==' })
  })

  it('is left out where the root key is another one, or the record was put into the place of another', () => {
    expect(lineOf(held('{}'), someRoots())).to.equal(undefined)
    expect(lineOf({ ...held('{}'), sequence: 4 }, roots)).to.equal(undefined)
  })
})
