import { expect } from 'chai'
import fc from 'fast-check'
import { readAnswer } from '../../../../src/rules/http/response.ts'
import { anOperation } from '../../../harness/operations.ts'

const operation = anOperation({
  output: [
    { name: 'start', pointer: '/slots/0/start' },
    { name: 'odd', pointer: '/a~1b/~0' },
  ],
  outcomes: [
    { name: 'Booked', statusCodes: [201] },
    { name: 'Full', statusCodes: [409] },
  ],
})
const read = (status: number, body: unknown) =>
  readAnswer(operation, status, Buffer.from(typeof body === 'string' ? body : JSON.stringify(body)))

describe('what the answer of a web service means', () => {
  it('is the outcome that declares its status, with the values at the pointers', () => {
    const body = { slots: [{ start: '14:30' }], 'a/b': { '~': 3.5 } }
    expect(read(201, body)).to.deep.equal({ outcome: 'Booked', output: { start: '14:30', odd: '3.5' } })
    expect(read(409, 'no')).to.deep.equal({ outcome: 'Full', output: {} })
  })

  it('is Done for another success, and Failed for another refusal', () => {
    expect(read(200, {})).to.deep.equal({ outcome: 'Done', output: {} })
    expect(read(204, '')).to.deep.equal({ outcome: 'Done', output: {} })
    for (const status of [400, 404, 410, 422]) expect(read(status, {})).to.deep.equal({ outcome: 'Failed', output: {} })
  })

  it('is none when it describes the endpoint: broken, busy, elsewhere, or closed to us', () => {
    for (const status of [100, 301, 307, 401, 403, 429, 500, 503])
      expect(read(status, {})).to.deep.equal({ unusable: `it answered ${status}` })
  })

  it('is none when it should be JSON and is a page of apologies', () => {
    expect(read(200, '<html>')).to.deep.equal({ unusable: 'the answer is not JSON' })
    expect(readAnswer(anOperation(), 200, Buffer.from('<html>'))).to.deep.equal({ outcome: 'Done', output: {} })
  })

  it('writes values as answers of callers are written, and leaves out what is no plain value', () => {
    const values = (start: unknown) => {
      const answer = read(200, { slots: [{ start }] })
      return 'output' in answer ? answer.output['start'] : 'unusable'
    }
    expect([true, false, 0, 12.5, ' a\n b ', '', {}, [], null, 'x'.repeat(501)].map(values)).to.deep.equal([
      ...['yes', 'no', '0', '12.5', 'a b', undefined, undefined, undefined, undefined, undefined],
    ])
  })

  it('finds nothing where a pointer leads to nothing, or to what every object has', () => {
    for (const pointer of ['/length', '/0', '/-', '/01', '/constructor', '/__proto__', '/a/toString'])
      expect(
        readAnswer(anOperation({ output: [{ name: 'x', pointer }] }), 200, Buffer.from('{"a":[],"b":1}')),
        pointer,
      ).to.deep.equal({ outcome: 'Done', output: {} })
  })

  it('reads any octets without a fault', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100, max: 599 }), fc.uint8Array({ maxLength: 200 }), (status, body) => {
        const answer = readAnswer(operation, status, body)
        expect('unusable' in answer || typeof answer.outcome === 'string').to.equal(true)
      }),
    )
  })

  it('finds in an answer what was put there', () => {
    fc.assert(
      fc.property(fc.string({ minLength: 1, maxLength: 20 }), fc.integer(), (key, value) => {
        const pointer = `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`
        const body = Buffer.from(JSON.stringify({ [key]: value }))
        const answer = readAnswer(anOperation({ output: [{ name: 'x', pointer }] }), 200, body)
        expect(answer).to.deep.equal({ outcome: 'Done', output: { x: String(value) } })
      }),
    )
  })
})
