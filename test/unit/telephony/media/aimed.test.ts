import { expect } from 'chai'
import { createSocket, type Socket } from 'node:dgram'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { pause } from '../../../../src/runtime/clock.ts'
import { readCidr } from '../../../../src/lib/ip-address.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { createMedia } from '../../../../src/telephony/media/media.ts'
import type { Media, MediaAnswer, MediaOffer } from '../../../../src/telephony/media/types.ts'
import { rtpPeer, type RtpPeer } from '../../../harness/rtp-peer.ts'

/** Long enough for ten packets. */
const A_WHILE_MS = 250
const VICTIM = '127.0.66.1'
const plain = { srtp: 'Disabled', codecs: ['PCMA'] } as const
const handlers = { onFrame: () => {} }

describe('media that a caller aims at somebody else', () => {
  let media: Media
  let peer: RtpPeer
  let victim: Socket
  let hits: number
  beforeEach(async () => {
    media = createMedia({
      address: '127.0.0.1',
      ports: { from: 28_500, to: 28_507 },
      denied: [readCidr(`${VICTIM}/32`)!],
      clock: systemClock,
      log: silent,
    })
    peer = await rtpPeer()
    hits = 0
    victim = createSocket('udp4').on('message', () => hits++)
    await new Promise<void>((resolve) => victim.bind(0, VICTIM, resolve))
  })
  afterEach(async () => {
    victim.close()
    peer.close()
    await media.close()
  })

  const aimed = () => Buffer.from(peer.offer().toString().replace('c=IN IP4 127.0.0.1', `c=IN IP4 ${VICTIM}`))
  const atVictim = () =>
    Buffer.from(
      aimed()
        .toString()
        .replace(/m=audio \d+/, `m=audio ${victim.address().port}`),
    )
  const refused = { kind: 'refused', status: 488, warning: 399 }

  it('by an INVITE is refused with 488, and nothing is sent', async () => {
    expect(await media.answer(atVictim(), plain, handlers)).to.deep.include(refused)
    await pause(systemClock, A_WHILE_MS)
    expect(hits).to.equal(0)
    expect(media.sessions).to.equal(0)
  })

  it('by a re-INVITE is refused with 488, and the call goes on as it was', async () => {
    const { session } = (await media.answer(peer.offer(), plain, handlers)) as MediaAnswer
    session.start()
    expect(session.reanswer(atVictim())).to.deep.include(refused)
    const before = peer.received.length
    await pause(systemClock, A_WHILE_MS)
    expect(hits).to.equal(0)
    expect(peer.received.length).to.be.above(before)
  })

  it('by the answer to our offer is refused, and nothing is sent', async () => {
    const { session } = (await media.offer(plain, handlers)) as MediaOffer
    expect(session.complete(atVictim())).to.deep.include(refused)
    session.start()
    await pause(systemClock, A_WHILE_MS)
    expect(hits).to.equal(0)
  })

  it('by holding the call is not sent either, RTCP neither', async () => {
    const separate = Buffer.from(peer.offer().toString().replace('a=rtcp-mux\r\n', ''))
    const { session } = (await media.answer(separate, plain, handlers)) as MediaAnswer
    session.start()
    await pause(systemClock, A_WHILE_MS)
    const local = createSocket('udp4').on('message', () => hits++)
    await new Promise<void>((resolve) => local.bind(0, '127.0.0.1', resolve))
    const hold = peer.offer(`a=rtcp:${local.address().port}`).toString().replace('a=rtcp-mux\r\n', '')
    expect(session.reanswer(Buffer.from(hold.replace('c=IN IP4 127.0.0.1', 'c=IN IP4 0.0.0.0')))).to.have.property(
      'kind',
      'answered',
    )
    await session.close()
    await pause(systemClock, A_WHILE_MS)
    local.close()
    expect(hits).to.equal(0)
  })

  it('at loopback is refused by a pod that has an address of its own', async () => {
    const pod = createMedia({
      address: '192.0.2.7',
      ports: { from: 28_510, to: 28_511 },
      clock: systemClock,
      log: silent,
    })
    expect(await pod.answer(peer.offer(), plain, handlers)).to.deep.include(refused)
    await pod.close()
  })
})
