import { expect } from 'chai'
import { generateKeyPairSync } from 'node:crypto'
import { signCertificate } from '../../../../src/pki/x509.ts'
import { credentialsOf, secretsOf, type Parts } from '../../../../src/edge/plan/trunk-credentials.ts'
import type { SecretRead } from '../../../../src/edge/plan/secret-values.ts'
import type { TrunkTls } from '../../../../src/rules/trunks.ts'
import { createAuthority } from '../../../harness/authority.ts'
import { aTrunkGroup } from '../../../harness/builders-trunks.ts'

const authority = createAuthority('lilas')
const { cert, key } = authority.issue(['edge.lilas.example'])
const secret = (data: Record<string, string>): SecretRead => ({
  data: new Map(Object.entries({ 'callbots.hosts': 'pbx.lilas.example', ...data })),
})
const tls: TrunkTls = { identitySecret: 'own', caSecret: { name: 'theirs', key: 'ca.crt' } }
const group = aTrunkGroup([{ host: 'pbx.lilas.example', transport: 'TLS', tls }])
const good = {
  'lilas/own': secret({ 'tls.crt': cert, 'tls.key': key }),
  'lilas/theirs': secret({ 'ca.crt': authority.cert }),
}
const now = Date.now()
const found = (secrets: Record<string, SecretRead>, kept?: Parts) =>
  credentialsOf('lilas', group.trunks[0]!, { secrets: new Map(Object.entries(secrets)), kept, now })
const because = (secrets: Record<string, SecretRead>) => {
  const credentials = found({ ...good, ...secrets })
  return 'because' in credentials ? credentials.because : undefined
}

describe('the credentials for a trunk', () => {
  it('are read from the Secrets that its Integration names, in its own namespace', () => {
    expect(secretsOf(group)).to.deep.equal(['lilas/own', 'lilas/theirs'])
    expect(found(good)).to.have.nested.property('tls.serverName', 'pbx.lilas.example')
    expect(found(good)).to.have.nested.property('tls.identity.cert', cert)
  })

  it('are other ones for the proxy whenever a text in them changes', () => {
    const renewed = authority.issue(['edge.lilas.example'])
    const id = (secrets: object) => (found({ ...good, ...secrets }) as { tls: { id: string } }).tls.id
    expect(id({})).to.equal(id({}))
    expect(id({ 'lilas/own': secret({ 'tls.crt': renewed.cert, 'tls.key': renewed.key }) })).to.not.equal(id({}))
  })

  it('are never half: what is wrong is said, with the name and the cure', () => {
    const other = authority.issue(['x']).key
    expect(because({ 'lilas/own': { because: 'Secret own can not be read (403): give a Role' } })).to.include('a Role')
    expect(because({ 'lilas/own': secret({ 'tls.crt': cert }) })).to.equal('Secret own has no tls.key: add it')
    expect(because({ 'lilas/own': secret({ 'tls.crt': cert, 'tls.key': other }) })).to.include('is not the private key')
    expect(because({ 'lilas/own': secret({ 'tls.crt': 'x', 'tls.key': key }) })).to.include('tls.crt is no certificate')
    expect(because({ 'lilas/theirs': secret({ 'ca.crt': 'x' }) })).to.include('ca.crt is no certificate')
    expect(because({ 'lilas/theirs': secret({}) })).to.include('has no ca.crt')
  })

  it('are those of Secrets that name the host of the trunk, whoever writes the Integration', () => {
    const own = { 'tls.crt': cert, 'tls.key': key }
    for (const hosts of ['', 'pbx.other.example', 'lilas.example', '*.pbx.lilas.example'])
      expect(because({ 'lilas/own': secret({ ...own, 'callbots.hosts': hosts }) }), hosts).to.equal(
        'Secret own may not be shown to pbx.lilas.example: who owns the Secret adds the host to its key callbots.hosts',
      )
    const unnamed = { data: new Map(Object.entries(own)) }
    expect(because({ 'lilas/own': unnamed })).to.include('may not be shown to pbx.lilas.example')
    expect(because({ 'lilas/own': secret({ ...own, 'callbots.hosts': 'a.example, *.lilas.example' }) })).to.equal(
      undefined,
    )
    const [trunk] = aTrunkGroup([
      { host: 'pbx.lilas.example', transport: 'TLS', digest: { secret: 'login', algorithms: 'SHA256' } },
    ]).trunks
    const login = (hosts: string) =>
      new Map([['lilas/login', secret({ username: 'u', password: 'p', 'callbots.hosts': hosts })]])
    expect(credentialsOf('lilas', trunk!, { secrets: login('pbx.other.example'), now })).to.have.property('because')
    expect(credentialsOf('lilas', trunk!, { secrets: login('pbx.lilas.example'), now })).to.have.property('login')
  })

  it('say nothing of what is in a Secret', () => {
    const told = because({ 'lilas/own': secret({ 'tls.crt': cert, 'tls.key': 'hush' }) })
    expect(told).to.not.include('hush')
  })

  it('are read by nobody as somebody typed them: what OpenSSL of another process loads was written again by us', () => {
    const typed = `# ours\n${authority.cert}\n-----BEGIN X509 CRL-----\nAAAA\n-----END X509 CRL-----\n`
    const { tls: profile } = found({ ...good, 'lilas/theirs': secret({ 'ca.crt': typed }) }) as { tls: { ca: string } }
    expect(profile.ca.trim()).to.equal(authority.cert.trim())
  })

  it('are refused where a bundle is broken in the middle, too large, or has a key that OpenSSL calls too small', () => {
    const twice = `${authority.cert}\n-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n`
    expect(because({ 'lilas/theirs': secret({ 'ca.crt': twice }) })).to.include('number 2 of 2')
    expect(because({ 'lilas/theirs': secret({ 'ca.crt': authority.cert.repeat(51) }) })).to.include('more than 50')
    expect(because({ 'lilas/theirs': secret({ 'ca.crt': 'x'.repeat(100_000) }) })).to.include('more than 65536')
    const weak = generateKeyPairSync('rsa', { modulusLength: 1024 })
    const small = signCertificate({
      ...{ issuerName: 'weak', commonName: 'weak', publicKey: weak.publicKey, signingKey: weak.privateKey },
      ...{ serial: '01', notBefore: new Date(now - 1_000), notAfter: new Date(now + 60_000) },
    })
    const pem = weak.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()
    expect(because({ 'lilas/own': secret({ 'tls.crt': small, 'tls.key': pem }) })).to.include('key too small')
  })
})

describe('the credentials that a trunk had before', () => {
  const partsOf = (secrets: Record<string, SecretRead>, kept?: Parts) =>
    (found(secrets, kept) as { parts: Parts }).parts
  const before = partsOf(good)

  it('are for its host: a trunk that is moved elsewhere under the same name does not take them along', () => {
    const moved = aTrunkGroup([{ host: 'pbx.elsewhere.example', transport: 'TLS', tls }]).trunks[0]!
    const broken = new Map(Object.entries({ ...good, 'lilas/own': secret({ 'tls.crt': 'x' }) }))
    for (const secrets of [broken, new Map()])
      expect(credentialsOf('lilas', moved, { secrets, kept: before, now })).to.have.property('because')
  })

  it('are taken away by who owns the Secret', () => {
    const withdrawn = secret({ 'tls.crt': cert, 'tls.key': key, 'callbots.hosts': 'none.example' })
    expect(found({ ...good, 'lilas/own': withdrawn }, before))
      .to.have.property('because')
      .that.includes('may not be shown')
  })
  const after = (secrets: Record<string, SecretRead>) =>
    found({ ...good, ...secrets }, before) as { parts: Parts; tls: { id: string }; refused?: string }
  const own = (data: Record<string, string>) => after({ 'lilas/own': secret(data) })

  it('are used while a Secret is broken, half, gone or forbidden, and why the new one is not is said, with the cure', () => {
    const broken: [Record<string, SecretRead>, string][] = [
      [{ 'lilas/theirs': secret({ 'ca.crt': 'x' }) }, "ca.crt is no certificate in PEM: put the authority's there"],
      [{ 'lilas/own': secret({ 'tls.crt': cert }) }, 'Secret own has no tls.key: add it'],
      [{ 'lilas/own': secret({ 'tls.crt': cert, 'tls.key': authority.issue(['x']).key }) }, 'put the two that belong'],
      [{ 'lilas/own': { because: 'Secret own does not exist in namespace lilas: create it' } }, 'create it'],
    ]
    for (const [secrets, why] of broken) {
      expect(after(secrets).parts, why).to.deep.equal(before)
      expect(after(secrets).refused).to.include(why).and.include('the last valid one is used')
    }
  })

  it('give way to better ones, each part for itself', () => {
    const renewed = authority.issue(['edge.lilas.example'])
    const other = createAuthority('other').cert
    const mixed = after({
      'lilas/own': secret({ 'tls.crt': renewed.cert, 'tls.key': renewed.key }),
      'lilas/theirs': secret({ 'ca.crt': 'x' }),
    })
    expect(mixed.parts.identity!.pem.trim()).to.equal(renewed.cert.trim())
    expect(mixed.parts.authorities).to.deep.equal(before.authorities)
    expect(after({ 'lilas/theirs': secret({ 'ca.crt': other }) })).to.not.have.property('refused')
  })

  it('are used instead of a certificate that has expired; without them it is used, and said', () => {
    const old = authority.issue(['edge.lilas.example'], new Date(now - 1_000))
    const data = { 'tls.crt': old.cert, 'tls.key': old.key }
    expect(own(data).parts.identity).to.deep.equal(before.identity)
    expect(own(data).refused).to.include('expired at')
    const first = found({ ...good, 'lilas/own': secret(data) }) as { parts: Parts; refused: string }
    expect(first.parts.identity!.pem.trim()).to.equal(old.cert.trim())
    expect(first.refused).to.include('put one that is valid now')
  })

  it('are used without a word while a Secret is not read yet', () => {
    const unread = found({}, before) as { parts: Parts; refused?: string }
    expect(unread.parts).to.deep.equal(before)
    expect(unread).to.not.have.property('refused')
  })

  it('are not what the Integration no longer asks for', () => {
    const [trunk] = aTrunkGroup([{ host: 'pbx.lilas.example', transport: 'TLS' }]).trunks
    expect(credentialsOf('lilas', trunk!, { secrets: new Map(), kept: before, now })).to.deep.include({
      parts: { host: trunk!.host },
    })
  })
})
