import { expect } from 'chai'
import fc from 'fast-check'
import { parse } from 'sdp-transform'
import { readCrypto } from '../../../../src/wire/sdp/crypto.ts'
import {
  agreeWith,
  answerTo,
  offeredSuites,
  offerOf,
  type Local,
  type OurOffer,
} from '../../../../src/wire/sdp/offer-answer.ts'
import { chooseFrom, type Agreement } from '../../../../src/wire/sdp/negotiate.ts'
import { readSdp } from '../../../../src/wire/sdp/read.ts'
import type { Sdp } from '../../../../src/wire/sdp/sdp.ts'
import { writeSdp } from '../../../../src/wire/sdp/write.ts'
import { keyingOctets, masterKey, type Suite } from '../../../../src/wire/srtp/suites.ts'
import { KEY, plainAudio, reach, sdpOf, secureAudio, video } from '../../../harness/sdp.ts'

const local: Local = { address: '198.51.100.7', family: 4, port: 16_384, sessionId: '42', version: 3 }
const both = ['PCMA', 'PCMU'] as const
const keyOf = (suite: Suite) => masterKey(suite, Buffer.alloc(keyingOctets(suite), suite.length))

function answer(...media: string[][]) {
  const offer = readSdp(sdpOf(...media)) as Sdp
  const agreed = chooseFrom(offer, { srtp: 'Preferred', codecs: both }, reach) as Agreement
  const key = agreed.crypto === undefined ? undefined : keyOf(agreed.crypto.key.master.suite)
  return writeSdp(answerTo(offer, agreed, local, key)).toString()
}

describe('our answer', () => {
  it('is this text', () => {
    expect(answer(secureAudio('a=rtcp-mux', 'a=sendonly')).split('\r\n')).to.deep.equal([
      'v=0',
      'o=- 42 3 IN IP4 198.51.100.7',
      's=-',
      'c=IN IP4 198.51.100.7',
      't=0 0',
      'm=audio 16384 RTP/SAVP 8 101',
      'a=rtpmap:8 PCMA/8000',
      'a=rtpmap:101 telephone-event/8000',
      'a=fmtp:101 0-15',
      'a=ptime:20',
      `a=crypto:1 AES_CM_128_HMAC_SHA1_80 inline:${Buffer.alloc(30, 23).toString('base64')}`,
      'a=rtcp-mux',
      'a=recvonly',
      '',
    ])
  })

  it('has every section of the offer in its place, and refuses those that we do not take (RFC 3264 6)', () => {
    const { media } = parse(answer(video, plainAudio(), secureAudio(), video))
    expect(media.map(({ type, port, protocol }) => [type, port, protocol])).to.deep.equal([
      ['video', 0, 'RTP/SAVP'],
      ['audio', 0, 'RTP/AVP'],
      ['audio', 16_384, 'RTP/SAVP'],
      ['video', 0, 'RTP/SAVP'],
    ])
  })

  it('shows the tag of the line that was taken and a key of ours, never theirs (RFC 4568 5.1.3)', () => {
    const text = answer(secureAudio(`a=crypto:7 AES_CM_128_HMAC_SHA1_32 inline:${KEY}`))
    expect(text).to.not.contain(KEY)
    expect(parse(text).media[0]!.crypto).to.have.length(1)
    expect(parse(text).media[0]!.crypto![0]).to.deep.include({ id: 7, suite: 'AES_CM_128_HMAC_SHA1_32' })
    expect(parse(answer(plainAudio())).media[0]!.crypto).to.equal(undefined)
  })

  it('promises neither keys nor multiplexing that were not offered', () => {
    const text = answer(['m=audio 9000 RTP/AVP 8'])
    expect(text).to.not.match(/telephone-event|rtcp-mux/)
  })
})

describe('our offer', () => {
  const offer = (o: Partial<OurOffer> = {}): OurOffer => {
    return { keys: offeredSuites.map(keyOf), codecs: both, direction: 'sendrecv', ...o }
  }
  const disagreement = (our: OurOffer, ...media: string[][]) => {
    const outcome = agreeWith(our, readSdp(sdpOf(...media)) as Sdp, reach)
    return 'kind' in outcome ? outcome.because : 'agreed'
  }

  it('is read by sdp-transform as it was meant', () => {
    const { media, origin, connection } = parse(writeSdp(offerOf(offer(), local)).toString())
    expect(origin).to.deep.include({ sessionId: 42, sessionVersion: 3, address: '198.51.100.7' })
    expect(connection).to.deep.equal({ version: 4, ip: '198.51.100.7' })
    const [audio] = media
    expect(media).to.have.length(1)
    expect(audio).to.deep.include({
      port: 16_384,
      protocol: 'RTP/SAVP',
      payloads: '8 0 101',
      ptime: 20,
      rtcpMux: 'rtcp-mux',
    })
    expect(audio!.rtp.map(({ codec }) => codec)).to.deep.equal(['PCMA', 'PCMU', 'telephone-event'])
    expect(audio!.crypto!.map(({ suite }) => suite)).to.deep.equal(offeredSuites)
    expect(parse(writeSdp(offerOf(offer({ keys: [] }), local)).toString()).media[0]).to.deep.include({
      protocol: 'RTP/AVP',
    })
  })

  it('and the answer that we would give to it agree, in every mode', () => {
    const run = fc.record({
      srtp: fc.constantFrom('Required' as const, 'Preferred' as const, 'Disabled' as const),
      codecs: fc.constantFrom(both, ['PCMU', 'PCMA'] as const, ['PCMU'] as const),
      direction: fc.constantFrom('sendrecv' as const, 'sendonly' as const, 'recvonly' as const, 'inactive' as const),
    })
    fc.assert(
      fc.property(run, ({ srtp, codecs, direction }) => {
        const our = offer({ direction, ...(srtp === 'Disabled' ? { keys: [] } : {}) })
        const sdp = readSdp(writeSdp(offerOf(our, local))) as Sdp
        const theirs = chooseFrom(sdp, { srtp, codecs }, reach) as Agreement
        const key = theirs.crypto === undefined ? undefined : keyOf(theirs.crypto.key.master.suite)
        const ours = agreeWith(our, readSdp(writeSdp(answerTo(sdp, theirs, local, key))) as Sdp, reach) as Agreement
        expect(ours).to.deep.include({ codec: theirs.codec, payloadType: theirs.payloadType, direction })
        expect(ours.crypto?.key.master).to.deep.equal(key)
        expect([ours.eventType, ours.rtcpMux]).to.deep.equal([101, true])
      }),
    )
  })

  it('of SRTP is never completed by plain RTP, nor by a line that it does not have', () => {
    const secure = (line: string) => [`m=audio 9000 RTP/SAVP 8`, line]
    const made = `inline:${Buffer.alloc(keyingOctets('AEAD_AES_256_GCM'), 9).toString('base64')}`
    expect(disagreement(offer(), secure(`a=crypto:1 AEAD_AES_256_GCM ${made}`))).to.equal('agreed')
    expect(disagreement(offer(), ['m=audio 9000 RTP/AVP 8'])).to.equal('the answer has another profile than the offer')
    expect(disagreement(offer(), ['m=audio 9000 RTP/SAVP 8'])).to.equal('the answer takes none of the a=crypto lines')
    expect(disagreement(offer(), secure(`a=crypto:2 AEAD_AES_256_GCM ${made}`))).to.equal(
      'the answer takes none of the a=crypto lines',
    )
    expect(disagreement(offer(), secure(`a=crypto:4 AEAD_AES_256_GCM ${made}`))).to.equal(
      'the answer takes none of the a=crypto lines',
    )
  })

  it('is not completed by an answer of another form', () => {
    const plain = offer({ keys: [] })
    expect(disagreement(plain, ['m=audio 9000 RTP/AVP 0'])).to.equal('agreed')
    expect(disagreement(plain)).to.equal('the answer has other media than the offer')
    expect(disagreement(plain, plainAudio(), video)).to.equal('the answer has other media than the offer')
    expect(disagreement(plain, ['m=audio 0 RTP/AVP 0'])).to.equal('the answer refuses the audio')
    expect(disagreement(plain, ['m=audio 9000 RTP/AVP 18'])).to.equal('the answer takes none of the codecs')
    expect(disagreement(plain, plainAudio('c=IN IP6 ::1'))).to.equal('only IPv4 is spoken here')
  })

  it('lets the answer take away what we would do, never add to it', () => {
    const direction = (ours: OurOffer['direction'], line: string) =>
      (agreeWith(offer({ keys: [], direction: ours }), readSdp(sdpOf(plainAudio(line))) as Sdp, reach) as Agreement)
        .direction
    expect(direction('sendrecv', 'a=sendonly')).to.equal('recvonly')
    expect(direction('sendrecv', 'a=inactive')).to.equal('inactive')
    expect(direction('sendonly', 'a=sendrecv')).to.equal('sendonly')
    expect(direction('recvonly', 'a=recvonly')).to.equal('inactive')
  })
})

describe('a crypto line', () => {
  it('of any text is read or not, without a throw', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary-ascii' }), (text) => {
        readCrypto(text)
        readCrypto(`1 AES_CM_128_HMAC_SHA1_80 inline:${text}`)
        readCrypto(`1 AES_CM_128_HMAC_SHA1_80 inline:${KEY}|${text}`)
      }),
    )
  })
})
