import { expect } from 'chai'
import fc from 'fast-check'
import { readTestRequestOrder, readTestRequestPath, testRequestPath } from '../../../src/rules/test-request.ts'

const ORDER = { integration: 'cabinet', drill: 'c0ffee00-0000-4000-8000-000000000001', operation: 'slots' }
const read = (change: object) => readTestRequestOrder(JSON.stringify({ ...ORDER, ...change }))

describe('the order of a test request', () => {
  it('is read as it was written', () => {
    expect(read({})).to.deep.equal(ORDER)
  })

  it('names an Integration, a drill and an operation, and nothing else: neither an address, nor a value, nor a header', () => {
    for (const name of Object.keys(ORDER)) expect(read({ [name]: undefined }), name).to.equal(undefined)
    const changes = [{ url: 'http://169.254.169.254' }, { headers: {} }, { input: {} }, { operation: '../x' }]
    for (const change of [...changes, { drill: 'a b' }, { integration: 'a/b' }])
      expect(read(change), JSON.stringify(change)).to.equal(undefined)
  })

  it('has its id in its path', () => {
    expect(readTestRequestPath(testRequestPath('a-1'))).to.equal('a-1')
    for (const path of ['/test-requests/', '/test-requests/a/b', '/test-calls/a', '/test-requests/a%2fb'])
      expect(readTestRequestPath(path), path).to.equal(undefined)
  })

  it('never throws, whatever was sent', () => {
    fc.assert(fc.property(fc.anything(), (sent) => void readTestRequestOrder(JSON.stringify(sent) ?? '')))
    fc.assert(fc.property(fc.string(), (sent) => void readTestRequestOrder(sent)))
  })
})
