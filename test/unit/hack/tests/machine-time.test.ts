import { expect } from 'chai'
import { machineLine } from '../../../../hack/tests/machine-time.ts'

describe('what other machines took while tests ran', () => {
  it('is a line at the end of the run, with its worst minute', () => {
    const at = new Date('2026-11-28T13:40:00Z')
    expect(machineLine({ stolen: 0.0123, worst: { stolen: 0.21, at } })).to.equal(
      'processor time given to other machines: 1.2 %, 21.0 % in the minute before 2026-11-28T13:40:00.000Z',
    )
  })

  it('has no worst minute where nothing was taken', () => {
    expect(machineLine({ stolen: 0 })).to.equal('processor time given to other machines: 0.0 %')
  })
})
