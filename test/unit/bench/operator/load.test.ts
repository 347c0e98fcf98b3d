import { expect } from 'chai'
import { seen } from '../../../../bench/operator/load.ts'
import { callbot, nameOf, namespaceOf } from '../../../../bench/operator/objects.ts'
import { callbotSchema } from '../../../../src/api/callbot.ts'

const event = (observedGeneration: number, status: string) => ({
  type: 'MODIFIED',
  object: {
    metadata: { name: 'bot', generation: 2, resourceVersion: '7' },
    status: { observedGeneration, conditions: [{ type: 'Ready', status }] },
  },
})

describe("the benchmark's load", () => {
  it('counts a Callbot as Ready only in its newest generation', () => {
    expect(seen(event(2, 'True')).ready).to.equal(true)
    expect(seen(event(1, 'True')).ready).to.equal(false)
    expect(seen(event(2, 'False')).ready).to.equal(false)
  })

  it('takes a Callbot without status for not Ready', () => {
    const object = { metadata: { name: 'bot', generation: 1, resourceVersion: '7' } }
    expect(seen({ type: 'ADDED', object }).ready).to.equal(false)
  })

  it('makes Callbots that the contract accepts, with names and numbers of their own', () => {
    const bots = [0, 99, 100, 4999].map((index) => callbotSchema.parse(callbot(index, 2)))
    expect(new Set(bots.flatMap((bot) => bot.spec.numbers)).size).to.equal(4)
    expect(namespaceOf(99)).to.equal('client-00000')
    expect(namespaceOf(100)).to.equal('client-00001')
    expect(nameOf(4999)).to.equal('bot-04999')
  })
})
