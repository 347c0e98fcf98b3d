import { expect } from 'chai'
import fc from 'fast-check'
import { authorization, chooseChallenge, parseChallenge } from '../../../../src/wire/sip/digest.ts'

const partsOf = (header: string) =>
  Object.fromEntries(
    [...header.matchAll(/(\w+)=(?:"((?:[^"\\]|\\.)*)"|([^\s,]+))/g)].map(([, name, a, b]) => [name, a ?? b]),
  )

describe('digest authentication', () => {
  const challenge = (algorithm: string, more = '') =>
    parseChallenge(
      `Digest realm="http-auth@example.org", qop="auth, auth-int", algorithm=${algorithm},` +
        ` nonce="7ypf/xlj9XXwfDPEoM4URrv/xwf94BcCAzFZH4GiTo0v", opaque="FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS"${more}`,
    )!
  const rest = {
    username: 'Mufasa',
    password: 'Circle of Life',
    method: 'GET',
    uri: '/dir/index.html',
    cnonce: 'f2/wE4q74E6zIJEtWaHKaf5wv/H5QzzpXusqGemxURZJ',
    count: 1,
  }

  it('gives the responses of RFC 7616 3.9.1', () => {
    expect(partsOf(authorization({ challenge: challenge('MD5'), ...rest }))).to.deep.include({
      response: '8ca523f5e9506fed4657c9700eebdbec',
      nc: '00000001',
      qop: 'auth',
      algorithm: 'MD5',
      opaque: 'FQhe/qaU925kfnzjCev0ciny7QMkPqMAFRtzCUYo5tdS',
    })
    expect(partsOf(authorization({ challenge: challenge('SHA-256'), ...rest })).response).to.equal(
      '753927fa0e85d155564e2e272a28d1802ca10daf4496794697cf8db5856cb6c1',
    )
  })

  it('gives the response of RFC 2617 3.5, and without qop that of RFC 2069', () => {
    const old = (qop: string) =>
      parseChallenge(`Digest realm="testrealm@host.com",${qop} nonce="dcd98b7102dd2f0e8b11d0f600bfb0c093"`)!
    const parts = { ...rest, cnonce: '0a4f113b', password: 'Circle Of Life' }
    const withQop = partsOf(authorization({ challenge: old(' qop="auth",'), ...parts }))
    expect(withQop.response).to.equal('6629fae49393a05397450978507c4ef1')
    const without = partsOf(authorization({ challenge: old(''), ...parts }))
    expect(without.response).to.equal('670fd8c2df070c60b045671b8b24ff02')
    expect(without).not.to.have.any.keys('qop', 'nc', 'cnonce')
  })

  it('meets the strongest challenge that it knows, of equals the first, and none of what it does not know', () => {
    const texts = [
      'Basic realm="a"',
      'Digest realm="md5", nonce="1"',
      'Digest realm="sha", nonce="2", algorithm=SHA-256, qop="auth"',
      'Digest realm="later", nonce="3", algorithm=sha-256',
      'Digest realm="x", nonce="4", algorithm=SHA-512-256',
      'Digest realm="int", nonce="5", qop="auth-int"',
    ]
    expect(chooseChallenge(texts)?.realm).to.equal('sha')
    expect(chooseChallenge(texts, 'md5')?.realm).to.equal('md5')
    for (const text of [
      texts[0]!,
      texts[4]!,
      texts[5]!,
      'Digest realm="a"',
      'Digest nonce="a"',
      'Digest realm="a" nonce="b"',
      '',
    ]) {
      expect(parseChallenge(text), text).to.equal(undefined)
    }
    expect(parseChallenge('Digest realm="a", nonce="b", realm="c"'), 'a name that stands twice').to.equal(undefined)
  })

  it('reads quoted values as they are meant, and writes them back quoted, whatever is in them', () => {
    const text = fc.string({ unit: 'grapheme' }).map((it) => it.replace(/[\r\n]/g, ''))
    fc.assert(
      fc.property(text, text, text, (realm, nonce, username) => {
        const quote = (it: string) => `"${it.replace(/["\\]/g, '\\$&')}"`
        const read = parseChallenge(`Digest realm=${quote(realm)},nonce=${quote(nonce)} , , stale=TRUE`)!
        expect([read.realm, read.nonce, read.isStale]).to.deep.equal([realm, nonce, true])
        const again = parseChallenge(authorization({ ...rest, challenge: read, username }))!
        expect([again.realm, again.nonce]).to.deep.equal([realm, nonce])
      }),
    )
  })

  it('of a session binds the password to nonce and cnonce (RFC 7616 3.4.2)', () => {
    const one = partsOf(authorization({ challenge: challenge('SHA-256-sess'), ...rest }))
    const other = partsOf(authorization({ challenge: challenge('SHA-256-sess'), ...rest, cnonce: 'x' }))
    expect(one.algorithm).to.equal('SHA-256-sess')
    expect(one.response).to.match(/^[0-9a-f]{64}$/)
    expect(other.response).not.to.equal(one.response)
  })
})
