import { expect } from 'chai'
import { count, type Calls } from '../../../../bench/operator/audit.ts'

const none = (): Calls => ({ reads: 0, writes: 0, events: 0, watches: 0, lease: 0, failed: 0, by: {} })
const event = (verb: string, resource: string, rest: object = {}) => ({
  stage: 'ResponseComplete',
  verb,
  requestURI: `/api/v1/${resource}`,
  objectRef: { resource },
  responseStatus: { code: 200 },
  ...rest,
})
const counted = (...events: ReturnType<typeof event>[]) => {
  const calls = none()
  for (const each of events) count(calls, each)
  return calls
}

describe("the benchmark's count of API calls", () => {
  it('tells reads from writes', () => {
    const calls = counted(event('get', 'pods'), event('list', 'pods'), event('patch', 'pods'), event('delete', 'pods'))
    expect(calls).to.include({ reads: 2, writes: 2 })
  })

  it('counts a watch once, when it begins, and not among the reads', () => {
    const began = event('watch', 'pods', { stage: 'ResponseStarted' })
    const ended = event('watch', 'pods')
    expect(counted(began, ended)).to.include({ watches: 1, reads: 0, writes: 0 })
  })

  it('keeps the lease and Kubernetes Events apart from the work', () => {
    const calls = counted(event('update', 'leases'), event('get', 'leases'), event('create', 'events'))
    expect(calls).to.include({ lease: 2, events: 1, reads: 0, writes: 0 })
  })

  it('counts refused calls too, and says that they were', () => {
    expect(counted(event('patch', 'pods', { responseStatus: { code: 409 } }))).to.include({ writes: 1, failed: 1 })
  })

  it('names subresources, and calls on no resource by their path', () => {
    const status = event('patch', 'callbots', { objectRef: { resource: 'callbots', subresource: 'status' } })
    const discovery = event('get', '', { objectRef: undefined, requestURI: '/apis?timeout=32s' })
    expect(counted(status, discovery).by).to.deep.equal({ 'patch callbots/status': 1, 'get /apis': 1 })
  })
})
