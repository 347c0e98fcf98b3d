import { expect } from 'chai'
import fc from 'fast-check'
import { requestOf } from '../../../../src/rules/http/request.ts'
import { anOperation } from '../../../harness/operations.ts'

const KEY = '0b7c0f0e-0000-4000-8000-000000000000'

describe('what an operation is sent', () => {
  const operation = anOperation({
    path: '/patients/{patient}/slots',
    input: [
      { name: 'patient', in: 'Path' },
      { name: 'day', in: 'Query', as: 'on' },
      { name: 'line', in: 'Header', as: 'X-Line' },
      { name: 'reason' },
      { name: 'phone', as: 'phone_number', required: 'Optional' },
    ],
  })
  const given = { patient: 'a/b', day: '2026-12-01', line: 'hôtel', reason: 'un "rappel"' }

  it('has each value in its place, encoded for it, under the name that the service knows', () => {
    expect(requestOf(operation, given, KEY)).to.deep.equal({
      method: 'POST',
      path: '/patients/a%2Fb/slots?on=2026-12-01',
      headers: { 'x-line': 'h%C3%B4tel', accept: 'application/json', 'content-type': 'application/json' },
      body: '{"reason":"un \\"rappel\\""}',
    })
  })

  it('has no body and no type of one where nothing goes into the body', () => {
    const request = requestOf(anOperation({ method: 'GET', idempotency: 'Idempotent' }), {}, KEY)
    expect(request).to.deep.equal({ method: 'GET', path: '/', headers: { accept: 'application/json' } })
  })

  it('carries the key of the call where the operation has one', () => {
    const request = requestOf(anOperation({ idempotency: 'IdempotencyKey' }), {}, KEY)
    expect(request).to.have.nested.property('headers.idempotency-key', KEY)
  })

  it('leaves out what the operation does not declare', () => {
    expect(requestOf(anOperation({ input: [{ name: 'a' }] }), { a: '1', b: '2' }, KEY)).to.include({
      body: '{"a":"1"}',
    })
  })

  it('is not sent without a value that is required, or that stands in the path', () => {
    expect(requestOf(operation, { ...given, reason: '' }, KEY)).to.deep.equal({
      refusal: 'its input reason has no value',
    })
    const optional = anOperation({ path: '/{a}', input: [{ name: 'a', in: 'Path', required: 'Optional' }] })
    expect(requestOf(optional, {}, KEY)).to.deep.equal({ refusal: 'its input a has no value' })
  })

  it('is not sent when a value would lead to another path', () => {
    for (const patient of ['.', '..'])
      expect(requestOf(operation, { ...given, patient }, KEY)).to.deep.equal({
        refusal: 'its input patient would lead to another path',
      })
  })

  it('is not sent when it would be longer than servers take', () => {
    for (const name of ['patient', 'day', 'line', 'reason'])
      expect(requestOf(operation, { ...given, [name]: 'x'.repeat(70_000) }, KEY)).to.have.property('refusal')
  })

  it('is sent up to a path of 4,000 octets, a header of 2,000 and a body of 64,000, and not beyond', () => {
    const of = (place: 'Path' | 'Header' | 'Body', count: number) => {
      const path = place === 'Path' ? '/{a}' : '/'
      const input = [{ name: 'a', ...(place === 'Body' ? {} : { in: place }) }]
      return 'refusal' in requestOf(anOperation({ path, input }), { a: 'x'.repeat(count) }, KEY)
    }
    expect([of('Path', 3_999), of('Path', 4_000)]).to.deep.equal([false, true])
    expect([of('Header', 2_000), of('Header', 2_001)]).to.deep.equal([false, true])
    const around = '{"a":""}'.length
    expect([of('Body', 64_000 - around), of('Body', 64_001 - around)]).to.deep.equal([false, true])
  })

  it('never lets a value leave its place, whatever a caller says', () => {
    fc.assert(
      fc.property(fc.record({ patient: word, day: word, line: word, reason: word }), (values) => {
        const request = requestOf(operation, values, KEY)
        if ('refusal' in request) return
        const url = new URL(`https://host${request.path}`)
        expect(url.pathname.split('/').slice(1).map(decodeURIComponent)).to.deep.equal([
          'patients',
          values.patient,
          'slots',
        ])
        expect([...url.searchParams]).to.deep.equal([['on', values.day]])
        expect(request.headers['x-line']).to.match(/^[\x20-\x7e]*$/)
        expect(Object.keys(request.headers)).to.deep.equal(['x-line', 'accept', 'content-type'])
        expect(JSON.parse(request.body!)).to.deep.equal({ reason: values.reason })
      }),
    )
  })
})

const word = fc.oneof(
  fc.string({ unit: 'binary', minLength: 1, maxLength: 40 }),
  fc.constantFrom('{day}', '..', '%2e%2e', 'a\r\nHost: b', '/../x', '?a=b#c', '$&', '$1', '\u0000'),
)
