import { expect } from 'chai'
import fc from 'fast-check'
import { Webhook } from 'standardwebhooks'
import { readSigningKeys, signedHeaders } from '../../../../src/rules/delivery/standard-webhooks.ts'

const secrets = fc
  .uint8Array({ minLength: 24, maxLength: 64 })
  .map((key) => `whsec_${Buffer.from(key).toString('base64')}`)

describe('the signature of a message', () => {
  it('is verified by the package of Standard Webhooks, for each of one or two keys', () => {
    const property = fc.property(
      fc.array(secrets, { minLength: 1, maxLength: 2 }),
      fc.uuid(),
      fc.json(),
      (several, id, text) => {
        const keys = readSigningKeys(several.join('\n'))!
        const headers = signedHeaders({ id, at: Date.now(), body: Buffer.from(text), keys })
        for (const secret of several) new Webhook(secret).verify(text, { ...headers })
      },
    )
    fc.assert(property, { numRuns: 50 })
  })

  it('is of another id, time or text not valid', () => {
    const keys = readSigningKeys('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')!
    const signed = (id: string, at: number, text: string) =>
      signedHeaders({ id, at, body: Buffer.from(text), keys })['webhook-signature']
    const all = [signed('a', 1_000, '{}'), signed('b', 1_000, '{}'), signed('a', 2_000, '{}'), signed('a', 1_000, '[]')]
    expect(new Set(all)).to.have.property('size', 4)
  })

  it('is as the specification has it in its example', () => {
    const keys = readSigningKeys('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw')!
    const o = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', at: 1_614_265_330_000, body: Buffer.from('{"test": 2432232314}') }
    expect(signedHeaders({ ...o, keys })['webhook-signature']).to.equal(
      'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
    )
  })

  it('is made with keys of 24 to 64 octets, and no others', () => {
    const read = (octets: number) => readSigningKeys(`whsec_${Buffer.alloc(octets, 7).toString('base64')}`)
    expect([23, 24, 64, 65].map((octets) => read(octets)?.[0]!.length)).to.deep.equal([undefined, 24, 64, undefined])
  })

  it('is made with no key that is too short, not base64, or one of three', () => {
    for (const text of [
      '',
      'whsec_',
      'whsec_c2hvcnQ=',
      'plain',
      'whsec_%%%',
      Array(3).fill('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw').join(' '),
    ])
      expect(readSigningKeys(text), text).to.equal(undefined)
    fc.assert(fc.property(fc.string(), (text) => void readSigningKeys(text)))
  })
})
