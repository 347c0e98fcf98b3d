import { expect } from 'chai'
import fc from 'fast-check'
import { parseEdgeState, type EdgeState } from '../../../src/rules/edge-state.ts'

const good: EdgeState = {
  zone: 'zone-a',
  epoch: 7,
  trunks: [
    { integration: 'lilas/cabinet', trunk: 'paris', state: 'Up', since: '2026-11-24T12:00:00.000Z', calls: 3 },
    {
      ...{ integration: 'lilas/cabinet', trunk: 'lyon', state: 'Down', since: '2026-11-24T12:00:00.000Z', calls: 0 },
      because: 'Secret pbx can not be read: grant it',
      noted: '10.1.2.3 is not a public address',
    },
  ],
  active: [{ integration: 'lilas/cabinet', trunk: 'paris', since: '2026-11-24T12:00:00.000Z' }],
  nonce: '0123456789abcdef.1234',
  drills: [
    {
      ...{
        integration: 'lilas/cabinet',
        drill: 'u-1',
        fault: 'Blackhole',
        side: 'Primary',
        remainingMilliseconds: 2_750,
      },
      trunks: [
        { trunk: 'paris', state: 'Down' },
        { trunk: 'lyon', state: 'Up' },
      ],
      active: 'lyon',
    },
  ],
  marked: [{ integration: 'lilas/cabinet', accepted: 3, answered: 2, refused: 1 }],
  drilled: [{ drill: 'u-1', met: 4, answered: 3, unanswered: 0, rescued: 1, spared: 2 }],
  obstacle: 'node-a has no public address: annotate it',
}
const read = (change: object) => parseEdgeState(JSON.stringify({ ...good, ...change }))

describe("an edge's state", () => {
  it('is read as the edge tells it', () => {
    expect(read({})).to.deep.equal(good)
  })

  it('is none with a state that nobody knows, a moment that is none, or a name that is none', () => {
    for (const change of [{ state: 'Maybe' }, { since: 'yesterday' }, { trunk: 'a b' }, { integration: 'cabinet' }]) {
      expect(read({ trunks: [{ ...good.trunks[0], ...change }] }), JSON.stringify(change)).to.equal(undefined)
    }
  })

  it('has no drill where the edge is of a release without them, and is none with a drill that can not be read', () => {
    const { zone, epoch, trunks, active } = good
    const older = { zone, epoch, trunks, active }
    expect(parseEdgeState(JSON.stringify(older))).to.deep.equal({ ...older, drills: [], marked: [], drilled: [] })
    for (const change of [{ fault: 'Fire' }, { drill: 'a b' }, { side: 'Left' }, { remainingMilliseconds: -1 }])
      expect(read({ drills: [{ ...good.drills[0], ...change }] }), JSON.stringify(change)).to.equal(undefined)
    for (const change of [
      { nonce: 'x' },
      { marked: [{ integration: 'lilas/cabinet' }] },
      { drilled: [{ drill: 'u-1', met: -1 }] },
    ])
      expect(read(change), JSON.stringify(change)).to.equal(undefined)
  })

  it('says why in one short, printable line', () => {
    const because = `a\u0007b\n${'x'.repeat(900)}`
    const told = read({ trunks: [{ ...good.trunks[0], because }] })?.trunks[0]?.because
    expect(told)
      .to.match(/^a b x+$/)
      .and.to.have.length(600)
  })

  it('never throws, whatever was reported', () => {
    fc.assert(fc.property(fc.anything(), (told) => void parseEdgeState(JSON.stringify(told) ?? '')))
  })
})
