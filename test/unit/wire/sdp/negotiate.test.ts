import { expect } from 'chai'
import { chooseFrom, type Agreement, type Disagreement } from '../../../../src/wire/sdp/negotiate.ts'
import type { MediaPolicy } from '../../../../src/wire/sdp/policy.ts'
import { readSdp } from '../../../../src/wire/sdp/read.ts'
import type { Sdp } from '../../../../src/wire/sdp/sdp.ts'
import { KEY, plainAudio, reach, sdpOf, secureAudio, video } from '../../../harness/sdp.ts'

const policy = (srtp: MediaPolicy['srtp'], ...codecs: MediaPolicy['codecs']): MediaPolicy => {
  return { srtp, codecs: codecs.length > 0 ? codecs : ['PCMA', 'PCMU'] }
}
const choose = (srtp: MediaPolicy['srtp'], ...media: string[][]) =>
  chooseFrom(readSdp(sdpOf(...media)) as Sdp, policy(srtp), reach)
const chosen = (...given: Parameters<typeof choose>) => choose(...given) as Agreement
const because = (...given: Parameters<typeof choose>) => {
  const { kind, warning, because: text } = choose(...given) as Disagreement
  return [kind, warning, text]
}

describe('choosing from an offer', () => {
  it('Required takes SRTP and nothing else, in whatever place plain RTP is offered', () => {
    expect(chosen('Required', secureAudio()).crypto?.key.master.suite).to.equal('AES_CM_128_HMAC_SHA1_80')
    expect(chosen('Required', plainAudio(), secureAudio())).to.deep.include({ section: 1 })
    const refused = ['disagreement', 302, 'SRTP is required: offer RTP/SAVP with a=crypto']
    expect(because('Required', plainAudio())).to.deep.equal(refused)
    // Keys in a section that promises no protection are no promise.
    expect(because('Required', plainAudio(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}`))).to.deep.equal(refused)
  })

  it('Preferred takes plain RTP only where no SRTP is offered that can be had', () => {
    expect(chosen('Preferred', plainAudio(), secureAudio())).to.deep.include({ section: 1 })
    expect(chosen('Preferred', plainAudio()).crypto).to.equal(undefined)
    expect(chosen('Preferred', secureAudio('a=crypto:1 NEW_SUITE inline:x'), plainAudio())).to.deep.include({
      section: 1,
    })
  })

  it('Disabled takes plain RTP only', () => {
    expect(chosen('Disabled', secureAudio(), plainAudio())).to.deep.include({ section: 1, crypto: undefined })
    expect(because('Disabled', secureAudio())).to.deep.equal([
      'disagreement',
      302,
      'SRTP is not spoken here: offer RTP/AVP',
    ])
  })

  it('takes the first a=crypto line that it can use, and none that would weaken it', () => {
    const good = `a=crypto:3 AES_CM_128_HMAC_SHA1_32 inline:${KEY}|2^31`
    const bad = [
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNENCRYPTED_SRTP`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNAUTHENTICATED_SRTP`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} UNENCRYPTED_SRTCP`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY} KDR=1`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY.slice(4)}`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|1:4;inline:${KEY}|2:4`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^10`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^49`,
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^20|300:1`,
      `a=crypto:x AES_CM_128_HMAC_SHA1_80 inline:${KEY}`,
      'a=crypto:1 F8_128_HMAC_SHA1_80 inline:x',
      'a=crypto:1',
    ]
    for (const line of bad) {
      expect(because('Required', secureAudio(line)), line).to.include('none of the a=crypto lines can be used')
      expect(chosen('Required', secureAudio(line, good)).crypto?.tag, line).to.equal('3')
    }
  })

  it('reads lifetime, master key identifier and window hint of a key (RFC 4568 6.1)', () => {
    const { key } = chosen(
      'Required',
      secureAudio(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|2^31|1027:4 WSH=128`),
    ).crypto!
    expect([key.lifetime, key.mki.toString('hex')]).to.deep.equal([2 ** 31, '00000403'])
    const plain = chosen('Required', secureAudio()).crypto!.key
    expect([plain.lifetime, plain.mki.length]).to.deep.equal([2 ** 48, 0])
    const counted = chosen('Required', secureAudio(`a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|1000000`)).crypto!
      .key
    expect(counted.lifetime).to.equal(1_000_000)
  })

  it('takes the codec that the policy likes best, by number or by name', () => {
    const offer = readSdp(sdpOf(plainAudio())) as Sdp
    expect(chooseFrom(offer, policy('Disabled', 'PCMU', 'PCMA'), reach)).to.deep.include({
      codec: 'PCMU',
      payloadType: 0,
    })
    expect(chooseFrom(offer, policy('Disabled', 'PCMA'), reach)).to.deep.include({ codec: 'PCMA', payloadType: 8 })
    const named = [
      'm=audio 9000 RTP/AVP 18 97 96',
      'a=rtpmap:96 pcma/8000/1',
      'a=rtpmap:97 PCMA/16000',
      'a=rtpmap:18 G729/8000',
    ]
    expect(chosen('Disabled', named)).to.deep.include({ codec: 'PCMA', payloadType: 96 })
    // A number that is given another meaning has it.
    expect(because('Disabled', ['m=audio 9000 RTP/AVP 8', 'a=rtpmap:8 opus/48000/2'])).to.include(
      'none of the codecs is allowed',
    )
    expect(because('Disabled', ['m=audio 9000 RTP/AVP 9 18'])).to.deep.equal([
      'disagreement',
      305,
      'none of the codecs is allowed',
    ])
  })

  it('mirrors what the other side will do, also the old way to hold (RFC 3264 6.1, 8.4)', () => {
    const direction = (...lines: string[]) => chosen('Disabled', plainAudio(...lines)).direction
    expect(direction()).to.equal('sendrecv')
    expect(direction('a=sendonly')).to.equal('recvonly')
    expect(direction('a=recvonly')).to.equal('sendonly')
    expect(direction('a=inactive')).to.equal('inactive')
    expect(direction('c=IN IP4 0.0.0.0')).to.equal('recvonly')
    expect(direction('c=IN IP6 ::', 'a=inactive')).to.not.equal('sendrecv')
    const session = Buffer.from(sdpOf(plainAudio()).toString().replace('t=0 0', 't=0 0\r\na=sendonly'))
    expect(chooseFrom(readSdp(session) as Sdp, policy('Disabled'), reach)).to.deep.include({ direction: 'recvonly' })
  })

  it('knows where RTCP goes: with RTP, to the port that the offer names, or to the next one (RFC 5761, 3605, 3550 11)', () => {
    const remote = (...lines: string[]) => chosen('Disabled', plainAudio(...lines)).remote
    expect(remote()).to.deep.include({ rtcpMux: false, rtcpPort: 40_563 })
    expect(remote('a=rtcp:50000 IN IP4 192.0.2.17')).to.deep.include({ rtcpPort: 50_000 })
    expect(remote('a=rtcp-mux')).to.deep.include({ rtcpMux: true })
  })

  it('has no ear for what it can not send to or pack', () => {
    expect(because('Disabled', video)).to.deep.equal(['disagreement', 304, 'no audio is offered'])
    expect(because('Disabled', plainAudio('a=maxptime:10'))[2]).to.contain('no packets of 20 ms')
    expect(because('Disabled', plainAudio('c=IN IP4 sbc.example.net'))[2]).to.contain('none that media can be sent to')
    expect(because('Disabled', plainAudio('c=IN IP4 239.1.2.3'))[2]).to.contain('none that media can be sent to')
    expect(because('Disabled', plainAudio('c=IN IP4 192.0.2.016'))[2]).to.contain('none that media can be sent to')
    expect(because('Disabled', plainAudio('c=IN IP6 2001:db8::1'))).to.deep.equal([
      'disagreement',
      300,
      'only IPv4 is spoken here',
    ])
    expect(because('Disabled', ['m=audio 0 RTP/AVP 0'])[2]).to.contain('it is not wanted')
    expect(because('Disabled', ['m=audio 9000 UDP/TLS/RTP/SAVPF 0'])[2]).to.contain('its profile')
    expect(because('Disabled')).to.deep.equal(['disagreement', 304, 'no audio is offered'])
  })
})
