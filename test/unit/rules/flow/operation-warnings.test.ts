import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { parse } from 'yaml'
import { callbotSchema } from '../../../../src/api/callbot.ts'
import { checkFlow } from '../../../../src/rules/flow/check.ts'
import { aFlow } from '../../../harness/flows.ts'
import { aWebService } from '../../../harness/operations.ts'

const { spec } = callbotSchema.parse(parse(readFileSync('config/samples/30-callbot.yaml', 'utf8')))
const book = { name: 'book', method: 'POST' as const, path: '/book', idempotency: 'IdempotencyKey' as const }

const warned = (call: string, operation: object = {}) => {
  const http = aWebService({
    endpoints: [
      { name: 'paris', role: 'Primary', url: 'https://paris.test' },
      { name: 'lyon', role: 'Backup', url: 'https://lyon.test' },
    ],
    operations: [{ ...book, ...operation }],
  })
  const flow = aFlow(`steps:
  - { name: book, request: { integration: cabinet, operation: book, ${call} }, next: end }
  - { name: sorry, hangUp: {} }
  - { name: end, hangUp: {} }`)
  const integrations = new Map([['cabinet', { criticality: 'High' as const, http }]])
  const { warnings } = checkFlow(flow, {
    path: 'dialog',
    bot: { ...spec, tests: [] },
    integrations,
    policy: undefined,
  })
  return warnings.filter(({ path }) => path !== 'spec.tests').map(({ path, message }) => `${path}: ${message}`)
}
const FAILED = 'outcomes: [{ outcome: Failed, next: sorry }]'
const DONE = 'outcomes: [{ outcome: Done, next: sorry }]'

describe('the check of the operations that a dialog calls', () => {
  it('warns when a failure would be taken for a success', () => {
    const expected =
      'dialog.steps[0].request.outcomes: when no endpoint answers, the flow continues with end as if book had succeeded: add an entry for Failed'
    expect(warned(DONE)).to.deep.equal([expected])
    expect(warned('outcomes: []', { output: [{ name: 'time', pointer: '/time' }] })).to.include(expected)
    expect(warned(FAILED)).to.deep.equal([])
  })

  it('says nothing of an operation whose end makes no difference', () => {
    expect(warned('outcomes: []').filter((line) => line.includes('outcomes'))).to.deep.equal([])
  })

  it('says nothing of the wait of an operation that the Integration does not have', () => {
    expect(warned(FAILED, { name: 'other', timeoutMilliseconds: 5_000 })).to.deep.equal([])
  })

  it('warns when the caller is put through before the backup has had its time', () => {
    expect(warned(FAILED, { timeoutMilliseconds: 5_000 })).to.deep.equal([
      'dialog.steps[0].request.operation: book may take 10 seconds (2 x 5000 ms), and the caller is put through after ' +
        'spec.turnTaking.stuckSeconds (10): lower timeoutMilliseconds, or raise stuckSeconds',
    ])
    expect(warned(FAILED, { timeoutMilliseconds: 5_000, idempotency: 'NotIdempotent' })).to.deep.equal([])
  })
})
