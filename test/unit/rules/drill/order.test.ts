import { expect } from 'chai'
import fc from 'fast-check'
import { isNonce, nonceOf, parseDrillOrder, readNonce } from '../../../../src/rules/drill/order.ts'
import { anOrder } from '../../../harness/driller.ts'

const RUN = '0123456789abcdef'
const good = anOrder(nonceOf(RUN, 1_234.9), { fault: 'Blackhole' })
const read = (change: object) => parseDrillOrder(JSON.stringify({ ...good, ...change }))

describe('an order of a drill', () => {
  it('is read as it was written', () => {
    expect(read({})).to.deep.equal(good)
  })

  it('is none with a member that is missing, or of another kind, or that would not fit into a row of the proxy', () => {
    const needed = Object.keys(good).filter((name) => name !== 'sharePercent' && name !== 'mostRealCalls')
    for (const name of needed) expect(read({ [name]: undefined }), name).to.equal(undefined)
    const changes = [
      ...[{ fault: 'Fire' }, { side: 'Both' }, { to: '+33 1' }, { to: '+331;fault=Refuse' }, { drill: 'a;b' }],
      ...[{ integration: 'standard' }, { term: -1 }, { term: '1' }, { ttlMilliseconds: 60_001 }, { nonce: 'x.1' }],
      ...[{ sharePercent: 101 }, { sharePercent: 0.5 }, { mostRealCalls: -1 }],
    ]
    for (const change of changes) expect(read(change), JSON.stringify(change)).to.equal(undefined)
  })

  it('has no share of real calls when an operator of a release without them sent it', () => {
    expect(read({ sharePercent: undefined, mostRealCalls: undefined })).to.deep.include({
      sharePercent: 0,
      mostRealCalls: 0,
    })
  })

  it('never throws, whatever was sent', () => {
    fc.assert(fc.property(fc.anything(), (sent) => void parseDrillOrder(JSON.stringify(sent) ?? '')))
    fc.assert(fc.property(fc.string(), (sent) => void parseDrillOrder(sent)))
  })

  it('has a nonce that tells the moment to the run that gave it, and nothing to another', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1e14, noNaN: true }), (moment) => {
        const nonce = nonceOf(RUN, moment)
        expect(isNonce(nonce)).to.equal(true)
        expect(readNonce(nonce, RUN)).to.equal(Math.floor(moment))
        expect(readNonce(nonce, 'f'.repeat(16))).to.equal(undefined)
      }),
    )
  })
})
