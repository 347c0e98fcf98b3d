import { expect } from 'chai'
import { projectSlice } from '../../../../src/edge/observe/endpoint-slices.ts'
import { endpointsByService } from '../../../../src/edge/plan/endpoints-by-service.ts'

const slice = (name: string, endpoints: unknown[]) =>
  projectSlice({
    metadata: { name, namespace: 'lilas', uid: name, labels: { 'kubernetes.io/service-name': 'rendez-vous' } },
    endpoints,
  })

describe('an EndpointSlice as an edge sees it', () => {
  it('takes an absent readiness for true and an absent end for false, as its API says', () => {
    const { endpoints } = slice('one', [{ addresses: ['10.0.0.1'], zone: 'zone-a' }])
    expect(endpoints).to.deep.equal([{ address: '10.0.0.1', zone: 'zone-a', ready: true, terminating: false }])
  })

  it('gives a pod that two slices name once, as the better of the two', () => {
    const pod = { addresses: ['10.0.0.1'] }
    const services = endpointsByService([
      slice('one', [{ ...pod, conditions: { ready: false } }]),
      slice('two', [{ ...pod, conditions: { ready: true } }]),
    ])
    expect(services.get('lilas/rendez-vous')).to.have.lengthOf(1)
    expect(services.get('lilas/rendez-vous')?.[0]?.ready).to.equal(true)
  })
})
