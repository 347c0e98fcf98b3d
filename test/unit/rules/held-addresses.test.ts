import { expect } from 'chai'
import { heldAddresses } from '../../../src/rules/held-addresses.ts'

const TRUNKS = [
  { name: 'paris', host: 'sbc.carrier.example' },
  { name: 'lyon', host: 'sbc.carrier.example' },
  { name: 'nice', host: '192.0.2.9' },
]
const held = (before: object, reports: { trunk: string; address?: string }[] | undefined, now = 20) =>
  heldAddresses(before as Record<string, Record<string, number>>, TRUNKS, { reports, now })

describe('the addresses that edges call for an Integration', () => {
  it('are published with the time of the first report, by host, whichever edge and trunk reports them', () => {
    const reports = [
      { trunk: 'paris', address: '192.0.2.8' },
      { trunk: 'lyon', address: '192.0.2.7' },
      { trunk: 'nice', address: '192.0.2.9' },
      { trunk: 'gone', address: '192.0.2.5' },
    ]
    expect(held({ 'sbc.carrier.example': { '192.0.2.7': 5 } }, reports)).to.deep.equal({
      'sbc.carrier.example': { '192.0.2.7': 5, '192.0.2.8': 20 },
      '192.0.2.9': { '192.0.2.9': 20 },
    })
  })

  it('are dropped when no edge that reports the trunk has them, so that who left an address has no claim to it', () => {
    const before = { 'sbc.carrier.example': { '192.0.2.7': 5 } }
    expect(held(before, [{ trunk: 'paris', address: '192.0.2.8' }])).to.deep.equal({
      'sbc.carrier.example': { '192.0.2.8': 20 },
    })
    expect(held(before, [{ trunk: 'paris' }])).to.deep.equal({})
  })

  it('stay as they are while no edge reports the trunk, and go with their host', () => {
    const before = { 'sbc.carrier.example': { '192.0.2.7': 5 }, 'old.example': { '192.0.2.6': 1 } }
    for (const reports of [undefined, [], [{ trunk: 'nice' }]])
      expect(held(before, reports)).to.deep.equal({ 'sbc.carrier.example': { '192.0.2.7': 5 } })
  })

  it('of a host that is called as a member of every object are none before the first report', () => {
    const trunks = [{ name: 'paris', host: 'constructor' }]
    expect(heldAddresses({}, trunks, { reports: undefined, now: 1 })).to.deep.equal({})
  })
})
