import { expect } from 'chai'
import { policyDigest, writeOrder } from '../../../../src/rules/policy-order.ts'
import { openPolicy } from '../../../../src/voice/pod/policy.ts'
import { silent } from '../../../../src/runtime/log.ts'

describe('the policy of a pod', () => {
  const open = (bot: Parameters<typeof openPolicy>[0]['bot'] = { collect: ['motif'], callMetadata: 'NotKept' }) => {
    const changes: (readonly string[])[] = []
    const policy = openPolicy({ bot, log: silent, onChange: ({ collect }) => void changes.push(collect) })
    const take = (epoch: number, collect: string[], callMetadata: 'Kept' | 'NotKept' = 'NotKept') =>
      policy.take(writeOrder({ epoch, collect, callMetadata }))
    return { policy, changes, take }
  }

  it('is that of its configuration until the operator says another, and without one nothing leaves', () => {
    expect(open().policy.current).to.deep.equal({ collect: ['motif'], callMetadata: 'NotKept' })
    expect(open({ callMetadata: 'NotKept' }).policy.current.collect).to.deep.equal([])
  })

  it('is the newest order, for calls to come and for those that go on', () => {
    const { policy, changes, take } = open()
    take(7, ['date'], 'Kept')
    expect(policy.current).to.deep.equal({ collect: ['date'], callMetadata: 'Kept' })
    expect(policy.told).to.deep.equal({ epoch: 7, digest: policyDigest(policy.current) })
    expect(changes).to.deep.equal([['date']])
  })

  it('is not changed by an order that is older, the same, or can not be read', () => {
    const { policy, changes, take } = open()
    take(7, [])
    take(6, ['motif', 'date'])
    take(7, ['date'])
    policy.take('{"epoch":9}')
    expect(policy.current.collect).to.deep.equal([])
    take(8, [])
    expect(policy.told.epoch).to.equal(8)
    expect(changes).to.deep.equal([[]])
  })
})
