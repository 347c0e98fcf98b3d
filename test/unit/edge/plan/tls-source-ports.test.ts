import { expect } from 'chai'
import fc from 'fast-check'
import { allocateLines, releaseIdleLines } from '../../../../src/edge/plan/tls-source-ports.ts'

const HOP = '192.0.2.7:5061'
const wanted = (...profiles: string[]) => profiles.map((profile) => ({ hop: HOP, profile, namespace: 'lilas' }))
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
    expect(back).to.deep.equal([{ hop: HOP, profile: 'a', namespace: 'lilas', port: 5101 }])
  })

  it('are three for a namespace, and one more while one that it needs no more is open', () => {
    const of = (before: Parameters<typeof allocateLines>[0], profiles: string[], now = 0) =>
      allocateLines(before, wanted(...profiles), { most: 64, now })
    const full = of([], ['a', 'b', 'c', 'd'])
    expect(full.map(({ profile }) => profile)).to.deep.equal(['a', 'b', 'c'])
    const renewed = of(full, ['a', 'b', 'e'], 1_000)
    expect(portOf(renewed, 'e')).to.equal(5104)
    expect(portOf(of(renewed, ['a', 'f', 'e'], 2_000), 'f'), 'a second idle one is no second more').to.equal(undefined)
  })

  it('that two namespaces want alike are there as soon as one of them has room', () => {
    const full = ['x', 'y', 'z'].map((profile) => ({ hop: HOP, profile, namespace: 'zzz' }))
    for (const order of [
      ['lilas', 'zzz'],
      ['zzz', 'lilas'],
    ]) {
      const both = order.map((namespace) => ({ hop: HOP, profile: 'same', namespace }))
      expect(portOf(allocateLines([], [...full, ...both], { most: 64, now: 0 }), 'same'), order[0]).to.equal(5104)
    }
  })

  it('of an agent of before, which did not say whose they are, stay with who needs them', () => {
    const old = ['a', 'b', 'c', 'd'].map((profile, index) => ({ hop: HOP, profile, port: 5101 + index }))
    const now = allocateLines(old, wanted('a', 'b', 'c', 'd'), { most: 64, now: 0 })
    expect(now.map(({ profile, port }) => [profile, port])).to.deep.equal(
      old.map(({ profile, port }) => [profile, port]),
    )
  })

  it('are there for each renewal of a certificate, whatever a neighbour at the same address changes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.array(fc.integer({ min: 0, max: 40 }), { maxLength: 20 }), { minLength: 5, maxLength: 40 }),
        (rounds) => {
          let lines: ReturnType<typeof allot> = []
          for (const [round, theirs] of rounds.entries()) {
            const now = round * 40_000
            // The neighbour sorts first, and keeps a connection open on each line that it ever had.
            const neighbours = theirs.map((nth) => ({ hop: HOP, profile: `n${nth}`, namespace: 'aaa' }))
            const own = { hop: HOP, profile: `own-${round}`, namespace: 'lilas' }
            lines = allocateLines(lines, [...neighbours, own], { most: 8, now })
            expect(portOf(lines, own.profile), `renewal ${round}`).to.be.a('number')
            const open = lines.filter(({ namespace }) => namespace === 'aaa')
            const connections = open.map(({ port }, id) => ({ id, hop: HOP, localPort: port }))
            lines = releaseIdleLines(lines, connections, now + 35_000).left
          }
        },
      ),
    )
  })
})
