import { expect } from 'chai'
import { decideOwnCertificate } from '../../../../src/edge/plan/own-certificate.ts'
import { createAuthority } from '../../../harness/authority.ts'

const HOUR = 3_600_000

describe('the certificate of the edges', () => {
  const authority = createAuthority('public')
  const now = Date.now()
  const secret = (until: number) => {
    const { cert, key } = authority.issue(['sip.example.com'], new Date(until))
    return new Map([
      ['tls.crt', cert],
      ['tls.key', key],
    ])
  }
  const [short, long] = [secret(now + HOUR), secret(now + 2 * HOUR)]
  const decide = (kept: Map<string, string> | undefined, mounted: Map<string, string>, at = now) =>
    decideOwnCertificate(kept && decideOwnCertificate(undefined, kept, now).value, mounted, at)

  it('is the one of the Secret, with its chain', () => {
    const { cert } = authority.issue(['sip.example.com'])
    const chained = new Map([...short, ['tls.crt', short.get('tls.crt')! + cert]])
    expect(decide(undefined, chained).value!.pem).to.equal(short.get('tls.crt')! + cert)
  })

  it('stays the one before while the new one has expired or is not valid yet, if the one before still is', () => {
    const late = decide(long, short, now + 1.5 * HOUR)
    expect(late.value!.pem).to.equal(long.get('tls.crt'))
    expect(late.because).to.match(/^tls.crt expired at \S+Z: put one that is valid now$/)
    const early = decide(long, short, now - 2 * HOUR)
    expect(early.because).to.match(/^tls.crt is not valid before \S+Z: put one that is valid now$/)
  })

  it('is an expired one when there is no other: callers who do not check are still answered', () => {
    for (const kept of [undefined, short]) {
      const { value, because } = decide(kept, short, now + 3 * HOUR)
      expect(value!.pem).to.equal(short.get('tls.crt'))
      expect(because).to.include('expired')
    }
  })
})
