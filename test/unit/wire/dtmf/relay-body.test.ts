import { expect } from 'chai'
import { signalIn } from '../../../../src/wire/dtmf/relay-body.ts'

describe('a body of application/dtmf-relay', () => {
  it('has the key in its line Signal, in any case, with or without spaces', () => {
    const bodies = [
      'Signal=5',
      'Signal= 5\r\nDuration= 160\r\n',
      'Duration=250\r\n signal\t=\t5',
      '\r\n\r\nSIGNAL=5\n',
      'a\rSignal=5',
    ]
    for (const body of bodies) expect(signalIn(Buffer.from(body)), JSON.stringify(body)).to.equal('5')
  })

  it('has none without that line, or where the key is missing', () => {
    for (const body of ['', '5', 'Duration=160', 'My Signal=5', 'Signal=', 'Signal=\r\nDuration=160', 'Signal\n=5'])
      expect(signalIn(Buffer.from(body)), JSON.stringify(body)).to.equal(undefined)
  })
})
