import { expect } from 'chai'
import { provenNames, provesOneOf } from '../../../src/pki/peer-names.ts'

describe('the names that a certificate proves (RFC 5922)', () => {
  it('are its DNS names and the hosts of its SIP URIs', () => {
    expect(
      provenNames('DNS:Edge.Example.com, URI:sip:example.com, URI:sips:example.net, IP Address:192.0.2.1'),
    ).to.deep.equal(['edge.example.com', 'example.com', 'example.net'])
  })

  it('are none from a URI of a person or of another scheme, nor from a value that had to be quoted', () => {
    expect(provenNames('URI:sip:alice@example.com, URI:https:example.com, email:a@example.com')).to.deep.equal([])
    expect(provenNames('DNS:"a, DNS:b"')).to.deep.equal([])
    expect(provenNames(undefined)).to.deep.equal([])
  })

  it('are compared whole, without regard to case and without wildcards', () => {
    expect(provesOneOf('DNS:a.example.com', ['x.example.com', 'A.EXAMPLE.COM'])).to.equal(true)
    expect(provesOneOf('DNS:*.example.com', ['a.example.com'])).to.equal(false)
    expect(provesOneOf('DNS:a.example.com', ['example.com', ''])).to.equal(false)
    expect(provesOneOf('DNS:example.com, URI:sip:com', ['a.example.com'])).to.equal(false)
    expect(provesOneOf('DNS:a.example.com', [])).to.equal(false)
  })
})
