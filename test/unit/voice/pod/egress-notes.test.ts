import { expect } from 'chai'
import { createSocket } from 'node:dgram'
import { once } from 'node:events'
import { readAddress } from '../../../../src/lib/ip-address.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { pause } from '../../../../src/runtime/clock.ts'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { createMedia } from '../../../../src/telephony/media/media.ts'
import { readVoiceConfig } from '../../../../src/voice/config.ts'
import { createEgressNotes, mediaPolicy } from '../../../../src/voice/pod/egress-notes.ts'
import { rtpPeer } from '../../../harness/rtp-peer.ts'

const ENFORCED =
  '{"enforce":true,"open":[{"cidrs":["10.20.0.0/16"],"namespaces":["n"]}],"clusterCidrs":["10.244.0.0/16"]}'
const configOf = (env: Record<string, string> = {}) =>
  readVoiceConfig({
    ...{ CALLBOT_NAME: 'b', CALLBOT_NAMESPACE: 'n', POD_NAME: 'p', POD_IP: '10.1.2.3' },
    ...{ CALLBOT_EGRESS: ENFORCED, ...env },
  })
const admits = (address: string, env: Record<string, string> = {}) => mediaPolicy(configOf(env))(readAddress(address)!)

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

  it('goes to no node, pod or Service that a caller names in an offer, where the policy is enforced', async () => {
    const [node, pod, service] = ['127.0.70.1', '127.0.71.1', '127.0.72.1']
    const clusterCidrs = [node, pod, service].map((address) => `${address}/24`)
    const env = { POD_IP: '127.0.0.1', CALLBOT_EGRESS: JSON.stringify({ enforce: true, open: [], clusterCidrs }) }
    const media = createMedia({
      ...{ address: '127.0.0.1', ports: { from: 28_520, to: 28_527 }, clock: systemClock, log: silent },
      admits: mediaPolicy(configOf(env)),
    })
    const peer = await rtpPeer()
    const offer = (address: string, port: number) => {
      const to = String(peer.offer()).replace('c=IN IP4 127.0.0.1', `c=IN IP4 ${address}`)
      return Buffer.from(port === 0 ? to : to.replace(/m=audio \d+/, `m=audio ${port}`))
    }
    const answered = (address: string, port = 0) =>
      media.answer(offer(address, port), { srtp: 'Disabled', codecs: ['PCMA'] }, { onFrame: () => {} })
    let heard = 0
    for (const address of [node, pod, service]) {
      const inside = createSocket('udp4').on('message', () => void heard++)
      inside.bind(0, address)
      await once(inside, 'listening')
      expect(await answered(address, inside.address().port), address).to.deep.include({ kind: 'refused', status: 488 })
      await pause(systemClock, 60)
      inside.close()
    }
    expect(heard).to.equal(0)
    expect((await answered('127.0.0.1')).kind).to.equal('answered')
    peer.close()
    await media.close()
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
