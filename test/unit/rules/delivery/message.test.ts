import { expect } from 'chai'
import fc from 'fast-check'
import { messageId, messageOf } from '../../../../src/rules/delivery/message.ts'

const CALL = '7c2a7a52-9d1e-4f0a-8b3c-0a1b2c3d4e5f'
const record = (dataClass: 'CollectedFields' | 'Transcript', text: string) =>
  ({ class: dataClass, sequence: 0, body: Buffer.from(text) }) as const
const message = (records: ReturnType<typeof record>[], collect: string[] = []) =>
  messageOf({ call: CALL, policy: 'zero', records, collect })

describe('the message about a call', () => {
  it('has one id for each source, whoever makes it', () => {
    expect(messageId(CALL, 'memory')).to.equal(`${CALL}-memory`)
    expect(messageId(CALL, 'store')).to.equal(`${CALL}-store`)
  })

  it('has of the collected fields those that may leave, and is none when nothing may', () => {
    const fields = record('CollectedFields', '{"fields":{"name":"a","card":"b"},"isCut":false}')
    expect(JSON.parse(message([fields], ['name'])!.toString())).to.deep.equal({
      type: 'call.ended',
      data: {
        ...{ call: CALL, policy: 'zero' },
        records: [{ class: 'CollectedFields', sequence: 0, content: { fields: { name: 'a' }, isCut: false } }],
      },
    })
    expect(message([fields])).to.equal(undefined)
  })

  it('throws nothing and is JSON, whatever a pod has sent', () => {
    const texts = fc.oneof(fc.string(), fc.json(), fc.constantFrom('{"fields":null}', '{"fields":[1]}', 'null'))
    const property = fc.property(texts, fc.constantFrom('CollectedFields', 'Transcript'), (text, dataClass) => {
      const made = message([record(dataClass, text)], ['name'])
      if (made !== undefined) JSON.parse(made.toString())
    })
    fc.assert(property)
  })
})
