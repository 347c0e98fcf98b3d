import { expect } from 'chai'
import { readAddress } from '../../../../src/lib/ip-address.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { readVoiceConfig } from '../../../../src/voice/config.ts'
import { createEgressNotes, mediaPolicy } from '../../../../src/voice/pod/egress-notes.ts'

const ENFORCED =
  '{"enforce":true,"open":[{"cidrs":["10.20.0.0/16"],"namespaces":["n"]}],"clusterCidrs":["10.244.0.0/16"]}'
const admits = (address: string, env: Record<string, string> = {}) => {
  const config = readVoiceConfig({
    ...{ CALLBOT_NAME: 'b', CALLBOT_NAMESPACE: 'n', POD_NAME: 'p', POD_IP: '10.1.2.3' },
    ...{ CALLBOT_EGRESS: ENFORCED, ...env },
  })
  return mediaPolicy(config)(readAddress(address)!)
}

describe('the media of a call', () => {
  it('goes to public addresses and to those that are open, where the policy is enforced', () => {
    expect(['1.1.1.1', '10.20.0.1'].map((address) => admits(address))).to.deep.equal([true, true])
    expect(['10.244.1.2', '10.0.0.1', '198.51.100.1'].map((address) => admits(address))).to.deep.equal([
      false,
      false,
      false,
    ])
    const reported = { CALLBOT_EGRESS: ENFORCED.replace('true', 'false') }
    expect(['10.244.1.2', '10.0.0.1'].map((address) => admits(address, reported))).to.deep.equal([true, true])
  })

  it('goes where the administrator lists ranges for media, and to relays, without another opening', () => {
    expect(admits('10.244.1.2', { CALLBOT_MEDIA_CIDRS: '10.0.0.0/8' })).to.equal(true)
    expect(admits('10.244.1.2', { CALLBOT_MEDIA_MODE: 'Relay' })).to.equal(true)
  })
})

describe('what a pod reports of addresses that are not open', () => {
  it('is a count of all connections, and each address once, a hundred at most', () => {
    let [count, lines] = [0, 0]
    const log = { ...silent, warn: () => void lines++ }
    const note = createEgressNotes({ log, onNoted: () => void count++ })
    for (let nth = 0; nth < 150; nth++) for (const time of [1, 2]) note(`10.0.${time}.${nth % 75}`)
    for (let nth = 0; nth < 150; nth++) note(`10.1.0.${nth}`)
    expect(count).to.equal(450)
    expect(lines).to.equal(100)
  })
})
