import { expect } from 'chai'
import { renderTls, type TlsProfiles } from '../../../../src/edge/render/tls-profiles.ts'

const given: TlsProfiles = {
  ...{ inside: '10.0.0.1:5061', insideFolder: '/inside', outside: { cert: '/out/tls.crt', key: '/out/tls.key' } },
  ...{ callers: undefined, cipherSuites: 'AEAD' },
}
/** By the name of each profile, its lines. */
const profiles = (changes: Partial<TlsProfiles> = {}) =>
  Object.fromEntries(
    [...renderTls({ ...given, ...changes }).matchAll(/^\[(.+)\]\n([^#]*)/gm)].map(([, name, lines]) => [name, lines!]),
  )
const BELIEVES = /^verify_certificate = yes\nrequire_certificate = yes$/m

describe('the TLS profiles of an edge', () => {
  it('have pods show a certificate of our authority, in both directions, whatever callers show', () => {
    for (const callers of [undefined, { ca: '/callers/ca.crt' }]) {
      const { [`server:${given.inside}`]: inside, 'client:default': outgoing } = profiles({ callers })
      for (const profile of [inside, outgoing])
        expect(profile).to.match(BELIEVES).and.include('ca_list = /inside/ca.crt')
    }
  })

  it('have callers show one where the installation names their authority, and not otherwise', () => {
    const asked = profiles({ callers: { ca: '/callers/ca.crt', crl: '/callers/crl.pem' } })['server:default']
    expect(asked).to.match(BELIEVES).and.include('ca_list = /callers/ca.crt').and.include('crl = /callers/crl.pem')
    const free = profiles()['server:default']
    expect(free)
      .to.match(/^verify_certificate = no\nrequire_certificate = no$/m)
      .and.not.include('ca_list')
  })
})
