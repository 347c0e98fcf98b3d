import { expect } from 'chai'
import fc from 'fast-check'
import { parseLaneOrder } from '../../../../src/rules/drill/order.ts'
import { parsePodLanes } from '../../../../src/rules/drill/pod-lanes.ts'

const NONCE = '0123456789abcdef.7'
const LANE = {
  ...{ integration: 'lilas/cabinet', drill: 'uid', fault: 'Refuse', side: 'Primary', remainingMilliseconds: 900 },
  endpoints: [{ endpoint: 'nord', state: 'Down' }],
  active: 'sud',
}
const read = (change: object) => parsePodLanes(JSON.stringify({ nonce: NONCE, drills: [{ ...LANE, ...change }] }))

describe('what a pod reports of drills', () => {
  it('is read as it was written, beside all that a pod says', () => {
    expect(parsePodLanes(JSON.stringify({ calls: 3, nonce: NONCE, drills: [LANE] }))).to.deep.equal({
      ...{ nonce: NONCE, drills: [LANE] },
    })
    expect(read({ active: undefined })!.drills[0]).to.not.have.property('active')
  })

  it('is nothing of a pod of an older version, which takes no orders', () => {
    expect(parsePodLanes('{"calls":3}')).to.deep.equal({ drills: [] })
  })

  it('is none with a member of another kind', () => {
    const changes = [
      { fault: 'Fire' },
      { side: 'Both' },
      { drill: 'a b' },
      { endpoints: [{ endpoint: 'A;B', state: 'Up' }] },
    ]
    for (const change of [...changes, { endpoints: {} }, { active: 'a/b' }, { remainingMilliseconds: -1 }])
      expect(read(change), JSON.stringify(change)).to.equal(undefined)
  })

  it('and an order for one never throw, whatever was sent', () => {
    for (const parse of [parsePodLanes, parseLaneOrder]) {
      fc.assert(fc.property(fc.anything(), (sent) => void parse(JSON.stringify(sent) ?? '')))
      fc.assert(fc.property(fc.string(), (sent) => void parse(sent)))
    }
  })
})
