import { expect } from 'chai'
import { readdirSync, readFileSync } from 'node:fs'
import { refusalOf } from '../../../../src/telephony/uas.ts'
import type { SipRequest } from '../../../../src/wire/sip/message.ts'
import { parseMessage } from '../../../../src/wire/sip/parse-datagram.ts'
import { understandRequest, type UnderstoodRequest } from '../../../../src/wire/sip/parse-headers.ts'
import { others } from './others.ts'
import { agent, answerOf, outcomeOf } from './outcome.ts'
import { wellFormed } from './well-formed.ts'

const FOLDER = 'test/fixtures/sip/rfc4475'
const cases = [...wellFormed, ...others]

/** What becomes of a message that is accepted: an INVITE is a call, OPTIONS are answered, the rest means nothing outside of a dialog. */
function expectedOf(octets: Buffer): number | 'call' | 'silence' {
  const message = parseMessage(octets)
  if (message.kind !== 'request') return 'silence'
  return message.method === 'INVITE' ? 'call' : message.method === 'OPTIONS' ? 200 : 481
}

describe('the torture messages of RFC 4475', () => {
  it('are all here, 49 of 49', () => {
    const files = readdirSync(FOLDER).map((name) => name.replace('.dat', ''))
    expect(cases.map(({ file }) => file).sort()).to.deep.equal(files.sort())
    expect(files).to.have.length(49)
  })

  for (const { file, section, outcome, because, seen, answer } of cases) {
    it(`${section}: ${outcome}`, () => {
      const [actual, message, reason] = outcomeOf(readFileSync(`${FOLDER}/${file}.dat`))
      expect(actual).to.equal(outcome)
      if (because) expect(reason).to.match(because)
      if (outcome === 'accepted' || outcome === 481 || outcome === 501)
        expect(seen ?? answer, 'what is seen in it').to.exist
      if (message && 'request' in message) seen?.(message)
      if (message && 'response' in message) answer?.(message)
    })
  }

  for (const { file, outcome } of cases) {
    it(`${file}: a user agent that gets it answers accordingly`, async () => {
      const octets = readFileSync(`${FOLDER}/${file}.dat`)
      const answer = await answerOf(octets)
      if (outcome === 'discarded') expect(answer).to.equal('silence')
      else if (typeof outcome === 'number') expect(answer).to.equal(outcome)
      else expect(answer).to.equal(expectedOf(octets))
    })
  }

  it('3.1.2.15 is refused for its display names too, once its missing empty line is there', () => {
    const [outcome, , because] = outcomeOf(Buffer.from(`${readFileSync(`${FOLDER}/baddn.dat`)}\r\n`))
    expect([outcome, because]).to.deep.equal([400, 'from is missing or malformed'])
  })

  it('420 names what is not supported, 415 what is, 501 and 405 what is allowed', () => {
    const refuse = (file: string, can = agent) => {
      const understood = understandRequest(parseMessage(readFileSync(`${FOLDER}/${file}.dat`)) as SipRequest)
      return refusalOf(understood as UnderstoodRequest, can)?.headers.map(({ name, value }) => `${name}: ${value}`)
    }
    expect(refuse('bext01')).to.deep.equal(['Unsupported: nothingSupportsThis, nothingSupportsThisEither'])
    expect(refuse('invut')).to.deep.equal(['Accept: application/sdp, multipart/mixed, text/plain'])
    expect(refuse('esc02')?.[0]).to.match(/^Allow: ACK, BYE, /)
    expect(refuse('regescrt', { ...agent, methods: ['OPTIONS'] })).to.deep.equal(['Allow: OPTIONS'])
  })
})
