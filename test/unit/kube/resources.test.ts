import { expect } from 'chai'
import { apiVersionOf, createCatalog, pathOf, resources } from '../../../src/kube/resources.ts'

const callbots = { group: 'callbots.dev', version: 'v1alpha1', plural: 'callbots', kind: 'Callbot', namespaced: true }

describe('paths of the API server', () => {
  it('name collections, objects and subresources', () => {
    expect(pathOf(resources.pods)).to.equal('/api/v1/pods')
    expect(pathOf(resources.pods, 'a')).to.equal('/api/v1/namespaces/a/pods')
    expect(pathOf(resources.nodes, undefined, 'n')).to.equal('/api/v1/nodes/n')
    expect(pathOf(callbots, 'a', 'b', 'status')).to.equal('/apis/callbots.dev/v1alpha1/namespaces/a/callbots/b/status')
  })

  it('keep what is cluster-wide out of namespaces', () => {
    expect(pathOf(resources.namespaces, 'a', 'b')).to.equal('/api/v1/namespaces/b')
  })

  it('need a namespace for an object of a namespaced kind', () => {
    expect(() => pathOf(resources.pods, undefined, 'x')).to.throw('Pod "x" needs a namespace')
  })

  it('cannot be escaped by a name', () => {
    expect(pathOf(resources.pods, 'a', '../secrets/x?y')).to.equal('/api/v1/namespaces/a/pods/..%2Fsecrets%2Fx%3Fy')
  })
})

describe('the catalog of kinds', () => {
  it('knows those of Kubernetes and those it was given', () => {
    const find = createCatalog([callbots])
    expect(find('apps/v1', 'Deployment')).to.equal(resources.deployments)
    expect(find(apiVersionOf(callbots), 'Callbot')).to.equal(callbots)
  })

  it('names the cure for one that it does not know', () => {
    expect(() => createCatalog()('x/v1', 'Y')).to.throw('pass its Resource to the client')
  })
})
