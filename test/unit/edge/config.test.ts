import { expect } from 'chai'
import { readEdgeConfig } from '../../../src/edge/config.ts'

const env = { POD_NAME: 'callbot-edge-1', POD_IP: '10.0.0.1', POD_NAMESPACE: 'callbot-system' }

describe('the environment of an edge agent', () => {
  it('needs only what the pod says of itself', () => {
    expect(readEdgeConfig(env)).to.deep.include({ podIp: '10.0.0.1', insidePort: 5071, callersFolder: undefined })
  })

  it('shows callers the inside certificate unless there is another', () => {
    expect(readEdgeConfig(env).outsideFolder).to.equal(undefined)
    expect(readEdgeConfig({ ...env, CALLBOT_OUTSIDE_TLS_DIR: '/outside' }).outsideFolder).to.equal('/outside')
  })

  for (const name of Object.keys(env)) {
    it(`says that ${name} is missing`, () => {
      expect(() => readEdgeConfig({ ...env, [name]: '' })).to.throw(`${name} is missing`)
    })
  }

  it('names a port that is none', () => {
    expect(() => readEdgeConfig({ ...env, CALLBOT_INSIDE_PORT: '70000' })).to.throw('CALLBOT_INSIDE_PORT is "70000"')
  })
})
