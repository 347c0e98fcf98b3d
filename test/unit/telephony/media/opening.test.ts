import { expect } from 'chai'
import { systemClock } from '../../../../src/runtime/system-clock.ts'
import { silent } from '../../../../src/runtime/log.ts'
import { createMedia } from '../../../../src/telephony/media/media.ts'
import type { Media, MediaAnswer, MediaOffer } from '../../../../src/telephony/media/types.ts'
import { laws } from '../../../../src/wire/codec/g711.ts'
import type { MediaPolicy } from '../../../../src/wire/sdp/policy.ts'
import { eventually } from '../../../harness/eventually.ts'
import { plainAudio, sdpOf } from '../../../harness/sdp.ts'

const policy = (srtp: MediaPolicy['srtp']): MediaPolicy => ({ srtp, codecs: ['PCMA', 'PCMU'] })
const handlers = { onFrame: () => {} }

describe('opening media', () => {
  let media: Media
  beforeEach(() => {
    media = createMedia({ address: '127.0.0.1', ports: { from: 28_300, to: 28_307 }, clock: systemClock, log: silent })
  })
  afterEach(() => media.close())

  it('speaks IPv6, too', async () => {
    const six = createMedia({ address: '::1', ports: { from: 28_200, to: 28_203 }, clock: systemClock, log: silent })
    const heard: number[] = []
    const offered = (await six.offer(policy('Required'), {
      onFrame: () => offered.session.send(new Int16Array(160).fill(700)),
    })) as MediaOffer
    const answer = (await six.answer(offered.body, policy('Required'), {
      onFrame: (frame, { kind }) => kind === 'Voice' && heard.push(frame[159]!),
    })) as MediaAnswer
    expect(answer.body.toString()).to.contain('c=IN IP6 ::1')
    expect(offered.session.complete(answer.body)).to.equal(undefined)
    for (const { session } of [offered, answer]) session.start()
    await eventually(() => expect(heard.length).to.be.above(3))
    await six.close()
    expect(new Set(heard)).to.deep.equal(new Set([laws.PCMA.linear[laws.PCMA.octets[700]!]!]))
  })

  it('gives refusals instead of faults: no SDP, no SRTP, no port', async () => {
    expect(await media.answer(Buffer.from('nonsense'), policy('Required'), handlers)).to.deep.include({ status: 400 })
    const plain = sdpOf(plainAudio())
    expect(await media.answer(plain, policy('Required'), handlers)).to.deep.equal({
      kind: 'refused',
      status: 488,
      warning: 302,
      because: 'SRTP is required: offer RTP/SAVP with a=crypto',
    })
    const four = await Promise.all(Array.from({ length: 5 }, () => media.answer(plain, policy('Disabled'), handlers)))
    expect(four.map(({ kind }) => kind).toSorted()).to.deep.equal([...Array(4).fill('answered'), 'refused'])
    expect(four.find(({ kind }) => kind === 'refused')).to.deep.include({ status: 503 })
    expect(media.sessions).to.equal(4)
    await (four.find(({ kind }) => kind === 'answered') as MediaAnswer).session.close()
    expect(await media.answer(plain, policy('Disabled'), handlers)).to.deep.include({ kind: 'answered' })
  })

  it('takes the next pair when the system gave a port to someone else', async () => {
    const squatter = createMedia({
      address: '127.0.0.1',
      ports: { from: 28_300, to: 28_301 },
      clock: systemClock,
      log: silent,
    })
    await squatter.offer(policy('Disabled'), handlers)
    const offer = (await media.offer(policy('Disabled'), handlers)) as MediaOffer
    expect(offer.body.toString()).to.contain('m=audio 28302')
    await squatter.close()
  })
})
