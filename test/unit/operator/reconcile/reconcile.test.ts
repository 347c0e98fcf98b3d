import { expect } from 'chai'
import { CALLBOTS } from '../../../../src/api/kinds.ts'
import { ApiError } from '../../../../src/kube/errors.ts'
import { reconciled, type Operator } from '../../../../src/operator/reconcile/reconcile.ts'
import type { Failure, KindOutcome } from '../../../../src/operator/steps/plan.ts'
import type { ObjectFacts } from '../../../../src/operator/world/object.ts'

type Counted = ObjectFacts<{ seen: number }> & { resourceVersion: string }

interface Story {
  /** What each look finds, one after the other; the last from then on. */
  looks: (Counted | undefined)[]
  outcome?: Partial<KindOutcome>
  recheckAfterSeconds?: number
  writing?: () => Promise<object>
  /** Its status is written over the version that was read, and over no other. */
  rests?: true
}

const object = (changes: Partial<Counted> = {}): Counted => ({
  ...{ namespace: 'lilas', name: 'one', uid: 'uid-of-one', generation: 1, status: undefined, resourceVersion: '7' },
  ...changes,
})

const failure = (changes: Partial<Failure> = {}): Failure => ({
  ...{ step: 'write', what: 'ConfigMap', final: false, message: 'exceeded quota', cause: undefined },
  ...changes,
})

/** One cycle of a kind that reports how often it was looked at. `told` has what was done, in order. */
async function cycle({ looks, outcome = {}, recheckAfterSeconds, writing, rests: isBound }: Story) {
  const told: string[] = []
  const left = [...looks]
  const counting = reconciled({
    resource: CALLBOTS,
    ...(isBound && { restsOn: ({ resourceVersion }: Counted) => resourceVersion }),
    cache: () => ({ absorb: () => told.push('cached') }) as never,
    observe: (_: unknown, namespace: string, name: string) => {
      told.push(`observe ${namespace}/${name}`)
      return { found: left.length > 1 ? left.shift() : left[0], looks: told.length }
    },
    object: ({ found }) => found,
    plan: () => (told.push('plan'), { recheckAfterSeconds }),
    apply: () => (told.push('apply'), Promise.resolve({ failures: [], ...outcome })),
    report: ({ looks: seen }) => ({ seen }),
    eventOf: () => ({ type: 'Normal', reason: 'PolledState', note: 'seen' }),
    follow: (_, __, status) => void told.push(status === undefined ? 'follow no more' : 'follow'),
  })
  let rests: unknown
  const patchStatus = async (...[, , , , how]: unknown[]) => {
    told.push('write')
    rests = how
    return writing === undefined ? {} : writing()
  }
  const operator = {
    sources: {},
    dependencies: { kube: { patchStatus } },
    publishEvent: (kind: string) => told.push(`event of a ${kind}`),
    wallClock: () => 0,
  } as unknown as Operator
  const result = await counting.reconcile(operator, 'lilas/one').catch((error: unknown) => (error as Error).message)
  return { told, result, rests }
}

const before = ['observe lilas/one', 'plan', 'apply', 'observe lilas/one']

describe('one cycle of any kind', () => {
  it('observes, plans, applies, observes again and reports what it sees then, with an event', async () => {
    const { told, result } = await cycle({ looks: [object()] })
    expect(told).to.deep.equal([...before, 'follow', 'write', 'cached', 'event of a Callbot'])
    expect(result).to.deep.equal({})
  })

  it('writes no status that would change nothing', async () => {
    expect((await cycle({ looks: [object({ status: { seen: 4 } })] })).told).to.deep.equal([...before, 'follow'])
  })

  it('plans for an object that is gone, and reports nothing of it', async () => {
    expect((await cycle({ looks: [undefined] })).told).to.deep.equal([...before, 'follow no more'])
  })

  it('reports nothing of an object that was replaced meanwhile, or goes with its namespace', async () => {
    const successor = object({ uid: 'uid-of-a-successor' })
    expect((await cycle({ looks: [object(), successor] })).told).to.deep.equal(before)
    expect((await cycle({ looks: [object()], outcome: { namespaceEnds: true } })).told).to.deep.equal(before)
  })

  it('reports no change that could not be written, since the object is gone', async () => {
    const gone = new ApiError({ status: 404, message: 'not found' })
    const { told } = await cycle({ looks: [object()], writing: () => Promise.reject(gone) })
    expect(told).to.deep.equal([...before, 'follow', 'write'])
  })

  it('writes a status over a version of the object that it has not seen, unless it rests on one, and then looks again in a second', async () => {
    expect((await cycle({ looks: [object()] })).rests).to.deep.equal({ uid: 'uid-of-one' })
    const { told, rests, result } = await cycle({
      ...{ looks: [object()], rests: true },
      writing: () =>
        Promise.reject(new ApiError({ status: 409, reason: 'Conflict', message: 'the object has been modified' })),
    })
    expect(rests).to.deep.equal({ uid: 'uid-of-one', resourceVersion: '7' })
    expect(told).to.deep.equal([...before, 'follow', 'write'])
    expect(result).to.deep.equal({ recheckAfterSeconds: 1 })
  })

  it('fails, after it has reported, with the first failure that a retry may repair', async () => {
    const failures = [failure({ final: true, message: 'invalid' }), failure()]
    const { told, result } = await cycle({ looks: [object()], outcome: { failures }, recheckAfterSeconds: 9 })
    expect(told).to.include('write')
    expect(result).to.equal('ConfigMap: exceeded quota')
  })

  it('waits for a change when what failed will never pass', async () => {
    const outcome = { failures: [failure({ final: true })] }
    expect((await cycle({ looks: [object()], outcome })).result).to.deep.equal({})
  })

  it('looks again when the plan says so, and in a second when the object is another by now', async () => {
    const looks = [object()]
    expect((await cycle({ looks, recheckAfterSeconds: 9 })).result).to.deep.equal({ recheckAfterSeconds: 9 })
    const outcome = { superseded: true }
    const { result } = await cycle({ looks, outcome, recheckAfterSeconds: 9 })
    expect(result).to.deep.equal({ recheckAfterSeconds: 1 })
  })
})
