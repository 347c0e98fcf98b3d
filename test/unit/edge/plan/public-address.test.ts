import { expect } from 'chai'
import fc from 'fast-check'
import { choosePublicAddress } from '../../../../src/edge/plan/public-address.ts'

const none = new Map<string, string>()
const seen = (annotation?: string, ...externalIps: string[]) => ({ annotation, externalIps })

describe('the public address of an edge', () => {
  it('is what the chart gives for its node, whatever the node says', () => {
    const given = new Map([['node-a', '203.0.113.1']])
    expect(choosePublicAddress('node-a', given, seen('203.0.113.2', '203.0.113.3'))).to.deep.equal({
      address: '203.0.113.1',
    })
  })

  it('is the annotation of the node, and without it the ExternalIP, the first IPv4 of them', () => {
    expect(choosePublicAddress('node-a', none, seen('203.0.113.2', '203.0.113.3'))).to.deep.equal({
      address: '203.0.113.2',
    })
    expect(choosePublicAddress('node-a', none, seen(undefined, '2001:db8::1', '203.0.113.3'))).to.deep.equal({
      address: '203.0.113.3',
    })
  })

  it('is refused when nobody says it, and the cure names the node and both places', () => {
    for (const facts of [undefined, seen(), seen(undefined, '2001:db8::1')]) {
      const found = choosePublicAddress('node-a', new Map([['node-b', '203.0.113.1']]), facts)
      expect(found)
        .to.have.property('because')
        .that.matches(/node-a.*edge[.]media[.]addresses.*callbots[.]dev\/public-address/)
    }
  })

  it('is never another one than what comes first, and never anything but an IPv4 address that callers can reach', () => {
    const text = fc.oneof(
      fc.ipV4(),
      fc.ipV6(),
      fc.string(),
      fc.constantFrom('127.0.0.1', '169.254.1.1', '1.2.3.4!g"\nx', '0.0.0.0'),
    )
    fc.assert(
      fc.property(fc.option(text), fc.option(text), fc.array(text), (value, annotation, externalIps) => {
        const given = value === null ? none : new Map([['node-a', value]])
        const found = choosePublicAddress('node-a', given, { annotation: annotation ?? undefined, externalIps })
        if (!('address' in found)) return
        expect(found.address)
          .to.match(/^\d+([.]\d+){3}$/)
          .and.not.match(/^(127|169[.]254)[.]/)
        expect([value ?? annotation ?? found.address]).to.deep.equal([found.address])
      }),
    )
  })
})
