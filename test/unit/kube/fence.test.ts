import { expect } from 'chai'
import { ApiError } from '../../../src/kube/errors.ts'
import { asLostLeadership, isFenceRefusal, LostLeadership } from '../../../src/kube/fence.ts'

const denial = (policy: string, status = 403) =>
  new ApiError({
    status,
    reason: status === 403 ? 'Forbidden' : 'Invalid',
    message: `ValidatingAdmissionPolicy '${policy}' with binding 'b' denied request: because`,
  })

describe('a refusal by the fence', () => {
  it('is known by the policy that refused, also while the API server has not read the Lease', () => {
    expect(isFenceRefusal(denial('callbot-operator-fence'))).to.equal(true)
    expect(isFenceRefusal(denial('callbot-operator-fence-children'))).to.equal(true)
    expect(isFenceRefusal(denial('callbot-operator-fence', 422))).to.equal(true)
  })

  it('is known when it is the cause of what was thrown', () => {
    const wrapped = new Error('apply', { cause: new Error('send', { cause: denial('callbot-operator-fence') }) })
    const lost = asLostLeadership(wrapped)
    expect(lost).to.be.instanceOf(LostLeadership)
    expect((lost as Error).cause).to.equal(wrapped)
  })

  it('is not any other refusal: those are faults that somebody must see', () => {
    const others = [
      denial('callbot-operator-own'),
      denial('somebody-elses'),
      new ApiError({ status: 403, reason: 'Forbidden', message: 'secrets is forbidden' }),
      new Error("ValidatingAdmissionPolicy 'callbot-operator-fence'"),
      undefined,
    ]
    for (const other of others) expect(asLostLeadership(other)).to.equal(other)
  })

  it('is found in no endless chain of causes', () => {
    const loop = new Error('a')
    loop.cause = loop
    expect(isFenceRefusal(loop)).to.equal(false)
  })
})
