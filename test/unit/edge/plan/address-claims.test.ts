import { expect } from 'chai'
import { addressKey, decideClaims, type Claim } from '../../../../src/edge/plan/address-claims.ts'
import { planTrunks } from '../../../../src/edge/plan/trunk-tables.ts'
import { parseGrants } from '../../../../src/rules/address-grants.ts'
import { aTrunkGroup, trunkFacts } from '../../../harness/builders-trunks.ts'

const SBC = '192.0.2.7'
const claim = (namespace: string, since: number, host = SBC): Claim => {
  return { namespace, address: addressKey(SBC)!, host, called: SBC, since }
}
const facts = { grants: [], addresses: new Map<string, string>(), holders: new Map<string, string>() }
/** Who may call the address. */
const callers = (
  claims: Claim[],
  more: Partial<typeof facts> | { grants: { address: string; namespaces: string[] }[] } = {},
) => {
  const decided = decideClaims(claims, { ...facts, ...more })
  return claims.filter((each) => decided.refusal(each) === undefined).map(({ namespace }) => namespace)
}
const group = (namespace: string, host: string, more: object = {}) =>
  aTrunkGroup([{ host, ...more }], { integration: { namespace, name: 'standard', uid: namespace }, epoch: 9 })
const plan = (groups: ReturnType<typeof group>[], more: object = {}) =>
  planTrunks(groups, trunkFacts({ ...facts, mostLines: 4, ...more }))

describe('the address of a trunk', () => {
  it('is for the namespace that is published with it for the longest time, by the same word at all edges', () => {
    expect(callers([claim('acme', 20), claim('lilas', 10)])).to.deep.equal(['lilas'])
    expect(callers([claim('lilas', 10), claim('acme', 10)])).to.deep.equal(['acme'])
    expect(callers([claim('acme', 20), claim('acme', 30)])).to.deep.equal(['acme', 'acme'])
  })

  it('stays with the namespace that has it, whatever another one is published with, until it names it no more', () => {
    const holders = new Map([[addressKey(SBC)!, 'lilas']])
    expect(callers([claim('acme', 1), claim('lilas', 10)], { holders })).to.deep.equal(['lilas'])
    expect(callers([claim('acme', 1)], { holders })).to.deep.equal(['acme'])
  })

  it('is for exactly the namespaces to which it is granted, by address or range, so a squatter leaves', () => {
    const holders = new Map([[addressKey(SBC)!, 'squatter']])
    const all = [claim('squatter', 1, 'evil.example'), claim('acme', 20, 'sbc.carrier.example'), claim('lilas', 30)]
    for (const address of [SBC, '192.0.2.0/24', '::ffff:192.0.2.0/120']) {
      const grants = [{ address, namespaces: ['acme', 'lilas'] }]
      expect(callers(all, { grants, holders }), address).to.deep.equal(['acme', 'lilas'])
    }
    expect(callers(all, { grants: [{ address: SBC, namespaces: ['*'] }] })).to.have.lengthOf(3)
    expect(callers(all, { grants: [{ address: '198.51.100.0/24', namespaces: ['acme'] }] })).to.deep.equal(['squatter'])
  })

  it('is shared among those to whom a name is granted once one of them has it, by that name or by one that leads there', () => {
    const all = [claim('squatter', 40, 'evil.example'), claim('acme', 20, 'sbc.carrier.example'), claim('lilas', 30)]
    const addresses = new Map([['trunk.example', SBC]])
    for (const address of ['SBC.carrier.example', 'trunk.example']) {
      const grants = [{ address, namespaces: ['acme', 'lilas'] }]
      expect(callers(all, { grants, addresses }), address).to.deep.equal(['acme', 'lilas'])
      const holders = new Map([[addressKey(SBC)!, 'squatter']])
      expect(callers(all, { grants, addresses, holders }), address).to.deep.equal(['squatter'])
    }
  })

  it('is not shared by a name that is granted to every namespace', () => {
    const all = [claim('acme', 20, 'sbc.carrier.example'), claim('lilas', 30)]
    const grants = [{ address: 'sbc.carrier.example', namespaces: ['*', 'acme'] }]
    expect(callers(all, { grants })).to.deep.equal(['acme'])
  })

  it('is for whom edges have called it for the longest, whoever is published before and whatever a new edge saw first', () => {
    const all = [claim('mechant', 1, 'evil.example'), { ...claim('lilas', 30, 'sbc.carrier.example'), heldSince: 50 }]
    const addresses = new Map([
      ['evil.example', SBC],
      ['sbc.carrier.example', SBC],
    ])
    for (const grants of [[], [{ address: 'evil.example', namespaces: ['mechant'] }]])
      for (const had of ['mechant', 'lilas', undefined]) {
        const holders = new Map(had === undefined ? [] : [[addressKey(SBC)!, had]])
        expect(callers(all, { grants, addresses, holders }), `${grants.length} grants, ${had}`).to.deep.equal(['lilas'])
      }
    const later = { ...all[0]!, heldSince: 60 }
    expect(callers([later, all[1]!], { addresses })).to.deep.equal(['lilas'])
  })

  it('is taken from nobody by a name that comes to lead there', () => {
    const hostile = { address: 'evil.example', namespaces: ['acme'] }
    const addresses = new Map([
      ['evil.example', SBC],
      ['sbc.carrier.example', SBC],
    ])
    const both = [claim('acme', 40, 'evil.example'), claim('lilas', 30, 'sbc.carrier.example')]
    expect(callers(both, { grants: [hostile], addresses }), 'of who was published before').to.deep.equal(['lilas'])
    const holders = new Map([[addressKey(SBC)!, 'lilas']])
    const earlier = [claim('acme', 1, 'evil.example'), both[1]!]
    expect(callers(earlier, { grants: [hostile], addresses, holders }), 'of a holder').to.deep.equal(['lilas'])
    const own = { address: 'sbc.carrier.example', namespaces: ['lilas'] }
    expect(callers(both, { grants: [hostile, own], addresses }), 'of a grant by name').to.deep.equal(['lilas'])
  })

  it('stays with the namespace whose Secret can not be read', () => {
    const broken = { transport: 'TLS' as const, tls: { identitySecret: 'lost' }, since: 10 }
    const { trunks, unusable } = plan([group('acme', SBC, { since: 20 }), group('lilas', SBC, broken)])
    expect(trunks).to.deep.equal([])
    expect(unusable.map(({ integration, claim: kept }) => [integration, kept?.called])).to.deep.equal([
      ['acme/standard', undefined],
      ['lilas/standard', SBC],
    ])
  })

  it('is where other edges call it while this edge can not look its name up', () => {
    const held = { '192.0.2.6': 5, [SBC]: 7 }
    const { trunks } = plan([group('lilas', 'sbc.carrier.example', { held }), group('acme', SBC, { since: 1 })])
    expect(trunks.map(({ integration, hop }) => [integration, hop])).to.deep.equal([['lilas/standard', `${SBC}:5060`]])
  })

  it('is the same by another name, port, transport or spelling', () => {
    const addresses = new Map([
      ['other-name.example', SBC],
      ['six.example', '::ffff:192.0.2.7'],
    ])
    const first = group('lilas', SBC)
    for (const [host, more] of [
      ['other-name.example', {}],
      ['six.example', {}],
      ['::FFFF:c000:207', {}],
      [SBC, { port: 5090, transport: 'TCP' }],
      [SBC, { port: 5061, transport: 'TLS' }],
    ] as const) {
      const { trunks, unusable } = plan([group('acme', host, { ...more, since: 99 }), first], { addresses })
      expect(
        trunks.map(({ integration }) => integration),
        host,
      ).to.deep.equal(['lilas/standard'])
      expect(unusable.map(({ integration }) => integration)).to.deep.equal(['acme/standard'])
    }
  })

  it('that is refused says so with the cure, and not who has it', () => {
    const { unusable } = plan([group('lilas', SBC), group('acme', SBC, { since: 99 })])
    expect(unusable[0]!.because).to.include('edge.trunkGrants').and.include('namespace acme').and.not.include('lilas')
    const grants = [{ address: SBC, namespaces: ['lilas'] }]
    expect(plan([group('acme', SBC)], { grants }).unusable[0]!.because)
      .to.include('edge.trunkGrants')
      .and.not.include('lilas')
  })

  it('has to be one: what some programs read as another address is refused', () => {
    for (const host of ['192.0.2.07', '3221225991', '127.1'])
      expect(plan([group('acme', host)]).unusable[0]!.because, host).to.include('is not the address')
  })
})

describe('the grants of the chart', () => {
  it('are read as a whole or not at all', () => {
    const grants = [{ address: 'sbc.carrier.example', namespaces: ['acme', '*'] }]
    expect(parseGrants(JSON.stringify({ grants }))).to.deep.equal(grants)
    for (const wrong of [{}, { grants: [{ address: 'a b', namespaces: [] }] }, { grants: [{ address: 'a' }] }])
      expect(parseGrants(JSON.stringify(wrong))).to.equal(undefined)
  })
})
