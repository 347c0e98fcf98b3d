import { expect } from 'chai'
import fc from 'fast-check'
import { httpSchema } from '../../../../src/api/integration-http.ts'
import { requestOf } from '../../../../src/rules/http/request.ts'
import { refusalOfTest, testOperationOf } from '../../../../src/rules/http/test-operation.ts'
import { aWebService, anOperation } from '../../../harness/operations.ts'

const SLOTS = { name: 'slots', method: 'GET', path: '/slots', idempotency: 'Idempotent' } as const

describe('the operation by which drills ask a web service', () => {
  it('is the one that the Integration names', () => {
    const operations = [anOperation({ name: 'other' }), { ...SLOTS, timeoutMilliseconds: 800 }]
    expect(testOperationOf(aWebService({ operations, testOperation: 'slots' }))).to.include({ operation: 'slots' })
    expect(testOperationOf(aWebService({ operations }))).to.equal(undefined)
    expect(testOperationOf(undefined)).to.equal(undefined)
  })

  it('is waited for as long as all endpoints together may take, and the primary as its circuit breaker and probes ask', () => {
    const operations = [{ ...SLOTS, timeoutMilliseconds: 2_000 }]
    const more = { circuitBreaker: { openSeconds: 20, trialCalls: 3 }, probe: { intervalSeconds: 4, upAfter: 2 } }
    const endpoints = ['one', 'two'].map((name, at) => ({
      ...{ name, role: at === 0 ? ('Primary' as const) : ('Backup' as const), url: `https://${name}.test` },
    }))
    expect(testOperationOf(aWebService({ operations, testOperation: 'slots', endpoints, ...more }))).to.deep.equal({
      ...{ operation: 'slots', maxSeconds: 6 + 5, returnSeconds: 20 + 4 + 3 * 2 },
    })
  })

  it('can always be asked without input, and kubectl apply and a pod refuse the same ones', () => {
    const input = fc.record({
      name: fc.constantFrom('day', 'file'),
      in: fc.constantFrom('Path' as const, 'Query' as const, 'Header' as const, 'Body' as const),
      required: fc.constantFrom('Required' as const, 'Optional' as const),
    })
    const some = fc.record({
      method: fc.constantFrom('GET' as const, 'POST' as const),
      idempotency: fc.constantFrom('Idempotent' as const, 'IdempotencyKey' as const, 'NotIdempotent' as const),
      input: fc.uniqueArray(input, { selector: ({ name }) => name, maxLength: 2 }),
    })
    fc.assert(
      fc.property(some, ({ input: given, ...rest }) => {
        const inPath = given.filter((each) => each.in === 'Path').map(({ name }) => `/{${name}}`)
        const operation = { ...rest, name: 'test', path: `/t${inPath.join('')}`, input: given }
        const base = { endpoints: [{ name: 'one', role: 'Primary', url: 'https://one.test' }], operations: [operation] }
        const declared = httpSchema.safeParse(base)
        if (!declared.success) return
        const refusal = refusalOfTest(declared.data.operations[0]!)
        expect(httpSchema.safeParse({ ...base, testOperation: 'test' }).success).to.equal(refusal === undefined)
        if (refusal === undefined)
          expect(requestOf(declared.data.operations[0]!, {}, 'key')).to.not.have.property('refusal')
      }),
    )
  })
})
