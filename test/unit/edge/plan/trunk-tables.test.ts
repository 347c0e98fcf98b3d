import { expect } from 'chai'
import fc from 'fast-check'
import { sparedNumbers } from '../../../../src/edge/plan/spared-numbers.ts'
import { planTrunks } from '../../../../src/edge/plan/trunk-tables.ts'
import { renderTrunks } from '../../../../src/edge/render/trunk-tables.ts'
import type { TrunkGroup } from '../../../../src/rules/trunks.ts'
import { aTrunkGroup, trunkFacts } from '../../../harness/builders-trunks.ts'

const plan = (group: TrunkGroup, addresses: Record<string, string> = {}) =>
  planTrunks([group], trunkFacts({ addresses: new Map(Object.entries(addresses)) }))
const held = (failback: TrunkGroup['failover']['failback'], failbackTo?: string) => {
  const { failover } = aTrunkGroup([])
  const more = failbackTo === undefined ? {} : { failbackTo }
  const group = aTrunkGroup([{ host: '192.0.2.1' }], { failover: { ...failover, failback }, ...more })
  return plan(group).trunks[0]!.holdSeconds
}

describe('the trunks in the tables of an edge', () => {
  it('stand in the order in which they are tried', () => {
    const { groups, trunks } = plan(aTrunkGroup([{ host: '192.0.2.2' }, { host: '192.0.2.1' }]))
    expect(groups[0]!.ids).to.deep.equal(trunks.map(({ id }) => id))
    expect(trunks.map(({ hop }) => hop)).to.deep.equal(['192.0.2.2:5060', '192.0.2.1:5060'])
  })

  it('name themselves as the Integration says, or not at all', () => {
    expect(plan(aTrunkGroup([{ host: '192.0.2.1' }], { userAgent: 'acme/1' })).groups[0]).to.have.property(
      'userAgent',
      'acme/1',
    )
    expect(plan(aTrunkGroup([{ host: '192.0.2.1' }])).groups[0]).not.to.have.property('userAgent')
  })

  it('have the address that their name had last, and are called by their name', () => {
    const { trunks } = plan(aTrunkGroup([{ host: 'pbx.example' }]), { 'pbx.example': '2001:db8::7' })
    expect(trunks[0]).to.deep.include({ hop: '[2001:db8::7]:5060', authority: 'pbx.example:5060' })
  })

  it('are reset where they move: what was seen of the old address says nothing of the new one', () => {
    const at = (address: string) =>
      plan(aTrunkGroup([{ host: 'pbx.example' }]), { 'pbx.example': address }).trunks[0]!.id
    expect(at('192.0.2.1')).to.equal(at('192.0.2.1')).and.not.equal(at('192.0.2.2'))
  })

  it('take encrypted calls, plain ones or both, as the Integration says', () => {
    const media = (srtp: 'Required' | 'Preferred' | 'Disabled') =>
      plan(aTrunkGroup([{ host: '192.0.2.1', srtp }])).trunks[0]!.media
    expect(media('Required')).to.deep.equal(['Secure'])
    expect(media('Preferred')).to.deep.equal(['Secure', 'Plain'])
    expect(media('Disabled')).to.deep.equal(['Plain'])
  })

  it('are held after they came back: for a time, until a person says so, or not at all', () => {
    expect(held({ mode: 'Automatic', holdSeconds: 60 })).to.equal(60)
    expect(held({ mode: 'Manual', holdSeconds: 60 })).to.equal(Infinity)
    expect(held({ mode: 'Manual', holdSeconds: 60 }, 'main')).to.equal(0)
    expect(held({ mode: 'Manual', holdSeconds: 60 }, 'spare-1')).to.equal(Infinity)
  })

  it('are not held where they are backups: they give way to the primary anyhow', () => {
    const { trunks } = plan(aTrunkGroup([{ host: '192.0.2.1' }, { host: '192.0.2.2' }], { holdSeconds: 60 }))
    expect(trunks.map(({ holdSeconds }) => holdSeconds)).to.deep.equal([60, 0])
  })

  it('have a line for each TLS profile at an address, and say so where there are more than the edge has sockets for', () => {
    const tls = (name: string, serverName: string) =>
      aTrunkGroup([{ host: '192.0.2.1', port: 5061, transport: 'TLS', tls: { serverName } }], {
        integration: { namespace: 'lilas', name, uid: name },
      })
    const found = planTrunks(
      [tls('a', 'a.example'), tls('b', 'b.example'), tls('c', 'c.example'), tls('d', 'a.example')],
      trunkFacts(),
    )
    expect(found.trunks.map(({ integration, line }) => [integration, line])).to.deep.equal([
      ['lilas/a', 5101],
      ['lilas/b', 5102],
      ['lilas/d', 5101],
    ])
    expect(found.unusable).to.have.lengthOf(1)
    expect(found.unusable[0]!.because).to.include('edge.trunkIdentitiesPerAddress')
  })

  it('are written so that each row is found again, whatever hosts, codes and numbers there are', () => {
    const trunk = fc.record({ host: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) })
    fc.assert(
      fc.property(fc.array(trunk, { maxLength: 5 }), (given) => {
        const trunks = given.map((each, index) => ({ ...each, name: `t${index}` }))
        const tables = plan(aTrunkGroup(trunks))
        const text = renderTrunks(tables, sparedNumbers([]))
        for (const [index, { id }] of tables.trunks.entries()) {
          expect(text).to.include(`\n@${index}:0:0:${id}:0\n`)
          expect(text).to.include(`\n${id}:0:0:hop=`)
        }
        const keys = text.split('\n').map((line) => line.split(/(?<!\\):/)[0])
        expect(new Set(keys).size, 'no key twice').to.equal(keys.length)
      }),
    )
  })
})
