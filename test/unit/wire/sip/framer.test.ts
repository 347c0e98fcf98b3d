import { expect } from 'chai'
import { Framer } from '../../../../src/wire/sip/framer.ts'

const OPTIONS = Buffer.from(
  'OPTIONS sip:a@b SIP/2.0\r\nVia: SIP/2.0/TLS c;branch=z9hG4bK1\r\nFrom: <sip:caller@c>;tag=1\r\nTo: <sip:a@b>\r\nCall-ID: 1\r\nCSeq: 1 OPTIONS\r\nContent-Length: 4\r\n\r\nbody',
)

describe('a stream of SIP messages', () => {
  it('gives whole messages however it is cut, also after it was empty', () => {
    const framer = new Framer()
    for (let round = 0; round < 3; round++) {
      for (let cut = 1; cut < OPTIONS.length; cut++) {
        const framed = [...framer.push(OPTIONS.subarray(0, cut)), ...framer.push(OPTIONS.subarray(cut))]
        expect(framed.map(({ kind }) => kind)).to.deep.equal(['request'])
        expect('body' in framed[0]! && String(framed[0].body)).to.equal('body')
      }
    }
  })

  it('keeps nothing of messages that it has given out, while the connection waits for the next', () => {
    const framer = new Framer()
    const [message] = framer.push(OPTIONS)
    const body = 'body' in message! ? message.body : Buffer.alloc(0)
    const next = framer.push(OPTIONS)
    expect('body' in next[0]! && (next[0].body as Buffer).buffer).not.to.equal((body as Buffer).buffer)
  })
})
