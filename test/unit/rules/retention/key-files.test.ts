import { expect } from 'chai'
import fc from 'fast-check'
import { GONE_WITHIN_MS, howToClear, type KeyFiles } from '../../../../src/rules/retention/key-files.ts'

const EVERY = 300_000
const NOTHING: KeyFiles = { since: undefined, triedAt: undefined, isClear: true }

describe('clearing the files of the database', () => {
  it('is not done while no key was destroyed', () => {
    expect(howToClear(NOTHING, 1_000_000, EVERY)).to.equal('Not')
  })

  it('is done at once when nobody knows whether a key was destroyed, and at most every five minutes', () => {
    expect(howToClear({ since: 0, triedAt: undefined, isClear: false }, 0, EVERY)).to.equal('Patient')
    expect(howToClear({ since: 10, triedAt: 5, isClear: true }, EVERY, EVERY)).to.equal('Not')
    expect(howToClear({ since: 10, triedAt: 5, isClear: true }, EVERY + 5, EVERY)).to.equal('Patient')
  })

  /** Runs of sweep every 5 to 40 s. Whoever is in the way goes only as a last resort, in which a try takes 20 s. */
  it('succeeds within the promised time of each key, whenever keys are destroyed, if only the last resort helps', () => {
    const run = fc.record({ pause: fc.integer({ min: 5_000, max: 40_000 }), destroys: fc.boolean() })
    fc.assert(
      fc.property(fc.array(run, { maxLength: 200 }), (runs) => {
        let now = 0
        let files = NOTHING
        for (const { pause, destroys } of runs) {
          now += pause
          const how = howToClear(files, now, EVERY)
          if (how !== 'Not')
            files = { since: how === 'Last' ? undefined : files.since, triedAt: now, isClear: how === 'Last' }
          if (how === 'Last') now += 20_000
          if (destroys) files = { ...files, since: files.since ?? now }
          expect(now - (files.since ?? now)).to.be.below(GONE_WITHIN_MS)
        }
      }),
    )
  })
})
