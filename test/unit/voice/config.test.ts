import { expect } from 'chai'
import { readVoiceConfig } from '../../../src/voice/config.ts'
import { obstacles } from '../../../src/voice/pod/readiness.ts'

const env = { CALLBOT_NAME: 'a', CALLBOT_NAMESPACE: 'b', POD_NAME: 'a-1', POD_IP: '10.0.0.1' }

describe('the configuration of a bot pod', () => {
  it('needs the names, and has a default for the rest', () => {
    expect(readVoiceConfig(env)).to.deep.include({
      tlsFolder: '/etc/callbot/tls',
      sipsPort: 5061,
      healthPort: 8443,
      peers: ['callbot-operator.callbot-system.svc', 'callbot-edge.callbot-system.svc'],
      observers: ['callbot-operator.callbot-system.svc'],
      plainSipPort: undefined,
      edgePort: 5071,
      plainEdge: undefined,
      installationRegions: [],
      speechUrl: 'https://callbot-speech.callbot-system.svc:8443/v1',
    })
    expect(() => readVoiceConfig({ ...env, POD_NAME: '' })).to.throw(
      "POD_NAME is missing: set it in the pod's environment",
    )
  })

  it('refuses a number that is none, and names it', () => {
    for (const text of ['', '-1', '1e3', '70000', 'x']) {
      expect(() => readVoiceConfig({ ...env, CALLBOT_SIPS_PORT: text })).to.throw(
        `CALLBOT_SIPS_PORT is "${text}": set it to a whole number from 0 to 65535`,
      )
    }
  })
})

describe('the way out of a pod', () => {
  it('is another one in tests alone, over UDP; what is no address is refused', () => {
    expect(readVoiceConfig({ ...env, CALLBOT_PLAIN_EDGE: '127.0.0.1:5070' }).plainEdge).to.deep.equal({
      ...{ transport: 'UDP', host: '127.0.0.1', port: 5070 },
    })
    for (const text of ['', 'edge:5070', '127.0.0.1', '127.0.0.1:5070;x']) {
      expect(() => readVoiceConfig({ ...env, CALLBOT_PLAIN_EDGE: text })).to.throw('write it as 127.0.0.1:5070')
    }
  })
})

describe('a pod takes calls', () => {
  const well = {
    isListening: true,
    isDraining: false,
    canGreet: true,
    hasDialog: true,
    failsTest: false,
    isPlayingTests: false,
  }
  const state = { ...well, notBefore: 1_000, notAfter: 2_000, now: 1_500 }

  it('only with its port open, its certificate in time, a dialog that passes its tests and whose first words it can say, and not draining', () => {
    expect(obstacles(state)).to.deep.equal([])
    expect(obstacles({ ...state, now: 1_000 })).to.deep.equal([])
    expect(obstacles({ ...state, isListening: false, isDraining: true })).to.have.length(2)
    expect(obstacles({ ...state, canGreet: false })).to.deep.equal([
      'the first words of the conversation flow are being rendered',
    ])
    expect(obstacles({ ...state, hasDialog: false })).to.deep.equal(['there is no valid conversation flow'])
    const failing = { ...state, hasDialog: false, failsTest: true }
    expect(obstacles(failing)).to.deep.equal(['the conversation flow fails a test of the spec'])
    const playing = { ...failing, isPlayingTests: true }
    expect(obstacles(playing)).to.deep.equal(['the tests of the spec are being run'])
    expect(obstacles({ ...failing, hasDialog: true }), 'it has the dialog of before').to.deep.equal([])
    expect(obstacles({ ...state, now: 999 })).to.deep.equal(['the certificate is not valid yet'])
    expect(obstacles({ ...state, now: 2_000 })).to.deep.equal(['the certificate has expired'])
  })
})
