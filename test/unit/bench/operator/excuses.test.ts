import { expect } from 'chai'
import { CONTESTANTS } from '../../../../bench/operator/contestants.ts'
import { createAttempt, type GaveUp } from '../../../../bench/operator/excuses.ts'

describe('a contestant that gives up', () => {
  const fail = () => Promise.reject(new Error('its process ended'))

  it('ends no benchmark when it is a peer, and is reported', async () => {
    const told: GaveUp[] = []
    const attempt = createAttempt(told)
    expect(await attempt({ contestant: CONTESTANTS.kopf, callbots: 5000 }, 'cold restart', fail)).to.equal(undefined)
    expect(told).to.deep.equal([{ contestant: 'kopf', callbots: 5000, during: 'cold restart' }])
    expect(await attempt({ contestant: CONTESTANTS.go, callbots: 5000 }, 'load', () => Promise.resolve(7))).to.equal(7)
  })

  it('ends the benchmark when it is ours', async () => {
    const told: GaveUp[] = []
    const ended = createAttempt(told)({ contestant: CONTESTANTS.ours, callbots: 1000 }, 'load', fail)
    expect(await ended.catch((error: Error) => error.message)).to.equal('its process ended')
    expect(told).to.deep.equal([])
  })
})
