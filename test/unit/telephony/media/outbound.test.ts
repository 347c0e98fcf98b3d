import { expect } from 'chai'
import { Outbound } from '../../../../src/telephony/media/outbound.ts'
import { laws } from '../../../../src/wire/codec/g711.ts'
import { emptyRtpHeader, readRtp } from '../../../../src/wire/rtp/packet.ts'
import { chooseFrom, type Agreement } from '../../../../src/wire/sdp/negotiate.ts'
import { readSdp } from '../../../../src/wire/sdp/read.ts'
import type { Sdp } from '../../../../src/wire/sdp/sdp.ts'
import { keyingOctets, masterKey, type Suite } from '../../../../src/wire/srtp/suites.ts'
import { plainAudio, reach, sdpOf, secureAudio } from '../../../harness/sdp.ts'

const agree = (media: string[]) =>
  chooseFrom(readSdp(sdpOf(media)) as Sdp, { srtp: 'Preferred', codecs: ['PCMA'] }, reach) as Agreement
const keyOf = (suite: Suite) => masterKey(suite, Buffer.alloc(keyingOctets(suite), 9))

function outbound(media = plainAudio(), suite?: Suite): Outbound {
  const made = new Outbound((octets) => Buffer.alloc(octets, 0xee))
  made.configure(agree(media), suite && keyOf(suite))
  return made
}

function header(packet: Buffer | undefined) {
  const read = emptyRtpHeader()
  return packet !== undefined && readRtp(packet, packet.length, read) ? read : undefined
}

describe('what goes out', () => {
  it('keeps time with the ticks: after skipped ones the timestamp jumps, the sequence number does not', () => {
    const sender = outbound()
    const [first, second, later] = [1, 2, 7].map((tick) => header(sender.packet(tick, undefined))!)
    expect((second!.timestamp - first!.timestamp) >>> 0).to.equal(160)
    expect((later!.timestamp - second!.timestamp) >>> 0).to.equal(5 * 160)
    expect(later!.sequence).to.equal(second!.sequence + 1)
    expect([first, second, later].map((one) => one!.marker)).to.deep.equal([true, false, true])
  })

  it('is silence where nothing is said, so that the other side does not take us for gone', () => {
    const packet = outbound().packet(1, undefined)!
    expect([...new Set(packet.subarray(12))]).to.deep.equal([laws.PCMA.silence])
  })

  it('begins with a sequence number far from its end, so that nobody misjudges the first rollover (RFC 3711 3.3.1)', () => {
    expect(header(outbound().packet(1, undefined))!.sequence).to.be.below(0x8000)
  })

  it('holds keys back until the other side takes them, and sends them instead of audio', () => {
    const silent = outbound(['m=audio 9000 RTP/AVP 8'])
    silent.dtmf.press('1')
    expect(header(silent.packet(1, undefined))!.payloadType).to.equal(8)
    silent.configure(agree(plainAudio()), undefined)
    expect(header(silent.packet(2, undefined))!.payloadType).to.equal(101)
  })

  it('never uses the counter of a key twice, though the stream is negotiated again', () => {
    const suite = 'AES_CM_128_HMAC_SHA1_80'
    const key = keyOf(suite)
    const sender = new Outbound((octets) => Buffer.alloc(octets))
    sender.configure(agree(secureAudio()), key)
    const before = Buffer.from(sender.packet(1, undefined)!.subarray(12, 172))
    sender.configure(agree(secureAudio('a=sendonly')), key)
    expect(sender.packet(2, undefined)).to.equal(undefined)
    sender.configure(agree(secureAudio()), key)
    // The same silence under the same counter would be the same octets.
    expect(Buffer.from(sender.packet(3, undefined)!.subarray(12, 172)).equals(before)).to.equal(false)
  })

  it('leaves a packet alone while the system may still hold it', () => {
    const sender = outbound()
    const packet = sender.packet(1, undefined)!
    const copy = Buffer.from(packet)
    for (let tick = 2; tick <= 8; tick++) sender.packet(tick, undefined)
    expect(packet.equals(copy)).to.equal(true)
  })
})
