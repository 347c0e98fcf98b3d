import { expect } from 'chai'
import { dayOf, isoOf } from '../../../../src/conversation/languages/calendar.ts'
import { inSomeYear } from '../../../../src/conversation/languages/date-readings.ts'

describe('a day of some year', () => {
  const first = (day: number, month: number, today: string, year?: number) => {
    const [y, m, d] = today.split('-').map(Number) as [number, number, number]
    return inSomeYear(day, month, year, dayOf(y, m, d)!).map(isoOf)
  }

  it('is the coming one first, up to four years from now: 29 February is rare', () => {
    expect(first(29, 2, '2024-02-29')[0]).to.equal('2024-02-29')
    expect(first(29, 2, '2024-03-01')[0]).to.equal('2028-02-29')
    expect(first(29, 2, '2025-01-01')[0]).to.equal('2028-02-29')
    expect(first(29, 2, '2026-11-24')[0]).to.equal('2028-02-29')
    expect(first(29, 2, '2027-01-01')[0]).to.equal('2028-02-29')
    expect(first(1, 3, '2026-11-24')).to.deep.equal([
      ...['2027-03-01', '2028-03-01', '2029-03-01', '2030-03-01', '2026-03-01', '2025-03-01'],
    ])
  })

  it('is in this century before the last where two figures are said, and nowhere else where four are', () => {
    expect(first(3, 5, '2026-11-24', 85)).to.deep.equal(['2085-05-03', '1985-05-03'])
    expect(first(3, 5, '2026-11-24', 99)).to.deep.equal(['2099-05-03', '1999-05-03'])
    expect(first(3, 5, '2026-11-24', 100)).to.deep.equal(['0100-05-03'])
    expect(first(29, 2, '2026-11-24', 2027)).to.deep.equal([])
  })
})
