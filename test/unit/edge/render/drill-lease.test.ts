import { expect } from 'chai'
import { leaseText, openKey, readLeases, readMarked, ticksKey } from '../../../../src/edge/render/drill-lease.ts'
import type { Lease } from '../../../../src/edge/plan/drill-lease.ts'

const lease: Lease = {
  ...{ slot: 3, domain: 'standard.lilas.trunks', drill: 'u-1', fault: 'Refuse', side: 'Backup', to: '+33100000000' },
  ticks: 7,
}

describe('the lease of a drill in the proxy', () => {
  it('is the row that the configuration of the proxy reads', () => {
    expect(leaseText(lease)).to.equal('domain=standard.lilas.trunks;drill=u-1;fault=Refuse;side=Backup;to=+33100000000')
  })

  it('is read back while it has ticks left, and is none without', () => {
    const rows = (ticks: number) =>
      new Map<string, unknown>([
        ['3', leaseText(lease)],
        [ticksKey(3), ticks],
        [openKey(3), 1],
        ['4', 'nonsense'],
        [ticksKey(4), 5],
        [ticksKey(5), 5],
      ])
    expect(readLeases(rows(7))).to.deep.equal([{ ...lease, isOpen: true }])
    const unopened = new Map([...rows(7)].filter(([key]) => key !== openKey(3)))
    expect(readLeases(unopened)).to.deep.equal([{ ...lease, isOpen: false }])
    for (const ticks of [0, -1]) expect(readLeases(rows(ticks))).to.deep.equal([])
    expect(readLeases(new Map([['3', leaseText(lease)]]))).to.deep.equal([])
  })

  it('has its calls counted by Integration', () => {
    const rows = new Map<string, unknown>([
      ['a.b.trunks::accepted', 3],
      ['a.b.trunks::answered', 2],
      ['c.d.trunks::refused', 1],
    ])
    expect(Object.fromEntries(readMarked(rows))).to.deep.equal({
      'a.b.trunks': { accepted: 3, answered: 2, refused: 0 },
      'c.d.trunks': { accepted: 0, answered: 0, refused: 1 },
    })
  })
})
