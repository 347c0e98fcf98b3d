import { expect } from 'chai'
import {
  leaseText,
  openKey,
  readDrilled,
  readLeases,
  readMarked,
  ticksKey,
} from '../../../../src/edge/render/drill-lease.ts'
import type { Lease } from '../../../../src/edge/plan/drill-lease.ts'

const lease: Lease = {
  ...{ slot: 3, domain: 'standard.lilas.trunks', drill: 'u-1', fault: 'Refuse', side: 'Backup', to: '+33100000000' },
  ...{ sharePercent: 30, mostRealCalls: 12, ticks: 7 },
}

describe('the lease of a drill in the proxy', () => {
  it('is the row that the configuration of the proxy reads', () => {
    const real = 'share=30;most=12'
    expect(leaseText(lease)).to.equal(
      `domain=standard.lilas.trunks;drill=u-1;fault=Refuse;side=Backup;to=+33100000000;${real}`,
    )
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

  it('has no share of real calls when it was given by an agent of a release without them', () => {
    const before = leaseText(lease).replace(';share=30;most=12', '')
    const rows = new Map<string, unknown>([
      ['3', before],
      [ticksKey(3), 7],
    ])
    expect(readLeases(rows)[0]).to.deep.include({ sharePercent: 0, mostRealCalls: 0 })
  })

  it('has its real calls counted by drill', () => {
    const rows = new Map<string, unknown>([
      ['u-1::new', 9],
      ['u-1::met', 4],
      ['u-1::answered', 3],
      ['u-1::rescued', 1],
    ])
    expect(Object.fromEntries(readDrilled(rows))).to.deep.equal({
      'u-1': { met: 4, answered: 3, unanswered: 0, rescued: 1, spared: 0 },
    })
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
