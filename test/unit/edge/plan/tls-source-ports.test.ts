import { expect } from 'chai'
import { allocateLines, releaseIdleLines } from '../../../../src/edge/plan/tls-source-ports.ts'

const HOP = '192.0.2.7:5061'
const wanted = (...profiles: string[]) => profiles.map((profile) => ({ hop: HOP, profile }))
const allot = (before: Parameters<typeof allocateLines>[0], profiles: string[], now = 0) =>
  allocateLines(before, wanted(...profiles), { most: 3, now })
const portOf = (lines: ReturnType<typeof allot>, profile: string) =>
  lines.find((line) => line.profile === profile)?.port

describe('the lines of TLS profiles to one address', () => {
  it('are one for each profile, and stay as they are', () => {
    const first = allot([], ['a', 'b'])
    const second = allot(first, ['c', 'b', 'a'])
    expect(['a', 'b', 'c'].map((profile) => portOf(second, profile))).to.deep.equal([5101, 5102, 5103])
    expect(portOf(allot(second, ['a', 'b', 'c', 'd']), 'd')).to.equal(undefined)
  })

  it('are given to nobody else while a connection of the one before may be open', () => {
    const idle = allot(allot([], ['a']), ['b'], 1_000)
    expect(portOf(idle, 'b')).to.equal(5102)
    const open = [{ id: 7, hop: HOP, localPort: 5101 }]
    expect(releaseIdleLines(idle, open, 5_000), 'still in use by calls').to.deep.equal({ close: [], left: idle })
    expect(releaseIdleLines(idle, open, 40_000)).to.deep.equal({ close: [7], left: idle })
    const { close, left } = releaseIdleLines(idle, [{ id: 8, hop: HOP, localPort: 5102 }], 40_000)
    expect(close).to.deep.equal([])
    expect(portOf(allot(left, ['b', 'c']), 'c')).to.equal(5101)
  })

  it('of a profile that comes back are its own again', () => {
    const back = allot(allot(allot([], ['a']), [], 1_000), ['a'], 2_000)
    expect(back).to.deep.equal([{ hop: HOP, profile: 'a', port: 5101 }])
  })
})
