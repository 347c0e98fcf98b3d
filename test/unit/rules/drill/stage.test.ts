import { expect } from 'chai'
import { STATES, VERDICTS, type DrillState, type Verdict } from '../../../../src/api/failover-drill-status.ts'
import { hasBegun, hasEnded, isPending, isRunning } from '../../../../src/rules/drill/stage.ts'

interface Status {
  state?: DrillState
  verdict?: Verdict
}

/** Every status that a FailoverDrill can have, and none. */
const every: (Status | undefined)[] = [
  undefined,
  ...[undefined, ...STATES].flatMap((state) =>
    [undefined, ...VERDICTS].map((verdict) => ({ ...(state && { state }), ...(verdict && { verdict }) })),
  ),
]
const stagesOf = (status: Status | undefined) => {
  const drill = { status }
  return [isPending(drill) && 'pending', isRunning(drill) && 'running', hasEnded(drill) && 'ended'].filter(Boolean)
}

describe('a FailoverDrill', () => {
  it('is pending, runs or has ended, whatever its status: one of the three', () => {
    for (const status of every) expect(stagesOf(status), JSON.stringify(status)).to.have.length(1)
  })

  it('is pending without a status, and until its state is another one than Pending', () => {
    for (const status of [undefined, {}, { state: 'Pending' as const }])
      expect(stagesOf(status)).to.deep.equal(['pending'])
  })

  it('runs in every other state, until it has a verdict', () => {
    for (const state of STATES.filter((each) => each !== 'Pending')) {
      expect(stagesOf({ state }), state).to.deep.equal(['running'])
      expect(stagesOf({ state, verdict: 'Passed' }), state).to.deep.equal(['ended'])
    }
  })

  it('has ended with a verdict, though it never began', () => {
    for (const verdict of VERDICTS) {
      expect(stagesOf({ verdict })).to.deep.equal(['ended'])
      expect(stagesOf({ state: 'Pending', verdict })).to.deep.equal(['ended'])
    }
  })

  it('has begun when it is not pending, or when its leader has decided so and the status is not written yet', () => {
    for (const status of every) expect(hasBegun({ status }, undefined)).to.equal(!isPending({ status }))
    for (const status of every) expect(hasBegun({ status }, {})).to.equal(true)
  })
})
