import { expect } from 'chai'
import { credentialsOf, secretsOf, type SecretSighting } from '../../../../src/edge/plan/credentials.ts'
import type { TrunkTls } from '../../../../src/rules/trunks.ts'
import { createAuthority } from '../../../kit/authority.ts'
import { aTrunkGroup } from '../../../kit/builders-trunks.ts'

const authority = createAuthority('lilas')
const { cert, key } = authority.issue(['edge.lilas.example'])
const secret = (data: Record<string, string>): SecretSighting => ({ data: new Map(Object.entries(data)) })
const tls: TrunkTls = { identitySecret: 'own', caSecret: { name: 'theirs', key: 'ca.crt' } }
const group = aTrunkGroup([{ host: 'pbx.lilas.example', transport: 'TLS', tls }])
const good = {
  'lilas/own': secret({ 'tls.crt': cert, 'tls.key': key }),
  'lilas/theirs': secret({ 'ca.crt': authority.cert }),
}
const found = (secrets: Record<string, SecretSighting>) =>
  credentialsOf('lilas', group.trunks[0]!, new Map(Object.entries(secrets)))
const because = (secrets: Record<string, SecretSighting>) => {
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

  it('say nothing of what is in a Secret', () => {
    const told = because({ 'lilas/own': secret({ 'tls.crt': cert, 'tls.key': 'hush' }) })
    expect(told).to.not.include('hush')
  })
})
