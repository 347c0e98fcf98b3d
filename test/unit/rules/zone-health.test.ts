import { expect } from 'chai'
import fc from 'fast-check'
import { answeringZones, SILENT_AFTER_ROUNDS, zoneState } from '../../../src/rules/zone-health.ts'
import { aZone } from '../../harness/builders.ts'

describe('a zone', () => {
  it('is Healthy with all its pods, and Degraded with fewer', () => {
    expect(zoneState(aZone('a'), 2, 2)).to.equal('Healthy')
    expect(zoneState(aZone('a'), 2, 1)).to.equal('Degraded')
  })

  it('is Unreachable when no node is ready or no bot answers, whatever its pods last said', () => {
    expect(zoneState(aZone('a', { readyNodes: 0 }), 2, 2)).to.equal('Unreachable')
    expect(zoneState(aZone('a', { answering: false }), 2, 2)).to.equal('Unreachable')
  })

  it('is not Unreachable only because it has no bot that could be asked', () => {
    expect(zoneState(aZone('a', { answering: undefined }), 2, 2)).to.equal('Healthy')
  })
})

describe('the zones that answer', () => {
  it('are those that did not miss three rounds in a row', () => {
    const answers = answeringZones(
      new Map(Object.entries({ a: 0, b: SILENT_AFTER_ROUNDS - 1, c: SILENT_AFTER_ROUNDS })),
    )
    expect(Object.fromEntries(answers)).to.deep.equal({ a: true, b: true, c: false })
  })

  it('are never all silent: then it is the prober that is cut off, and nothing is known', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.constantFrom('a', 'b', 'c'), fc.nat(6)), (missed) => {
        const answers = [...answeringZones(new Map(Object.entries(missed))).values()]
        expect(answers.includes(false) && !answers.includes(true)).to.equal(false)
        expect(new Set(answers.map((answer) => answer === undefined)).size).to.be.at.most(1)
      }),
    )
  })
})
