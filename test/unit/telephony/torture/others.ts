import { expect } from 'chai'
import { header, headers } from '../../../../src/wire/sip/message.ts'
import { param } from '../../../../src/wire/sip/params.ts'
import { sip, type Case } from './outcome.ts'

/** RFC 4475 3.1.2 to 3.4: each outcome is what the message's own section asks for; where it leaves a choice, ours is named. */
export const others: Case[] = [
  { file: 'badinv01', section: '3.1.2.1 extraneous separators', outcome: 400, because: /^(via|contact) / },
  {
    file: 'clerr',
    section: '3.1.2.2 Content-Length larger than the message',
    outcome: 400,
    because: /shorter than Content-Length/,
  },
  { file: 'ncl', section: '3.1.2.3 negative Content-Length', outcome: 400, because: /^Content-Length/ },
  { file: 'scalar02', section: '3.1.2.4 request with overlarge scalars', outcome: 400, because: /^cseq .*2\^31/ },
  {
    file: 'scalarlg',
    section: '3.1.2.5 response with overlarge scalars',
    outcome: 'discarded',
    because: /^cseq .*2\^31/,
  },
  { file: 'quotbal', section: '3.1.2.6 unterminated quoted string', outcome: 400, because: /^to / },
  {
    file: 'ltgtruri',
    section: '3.1.2.7 <> around the Request-URI (not repaired)',
    outcome: 400,
    because: /Request-URI/,
  },
  { file: 'lwsruri', section: '3.1.2.8 space within the Request-URI', outcome: 400, because: /request line/ },
  {
    file: 'lwsstart',
    section: '3.1.2.9 several spaces in the request line (not repaired)',
    outcome: 400,
    because: /request line/,
  },
  {
    file: 'trws',
    section: '3.1.2.10 spaces at the end of the request line (not repaired)',
    outcome: 400,
    because: /request line/,
  },
  {
    file: 'escruri',
    section: '3.1.2.11 header fields in the Request-URI',
    outcome: 400,
    because: /Request-URI holds header/,
  },
  {
    file: 'baddate',
    section: '3.1.2.12 a Date in another zone than GMT is ignored, as nothing here reads it',
    outcome: 'accepted',
    seen: ({ request }) => expect(header(request, 'date')).to.match(/EST$/),
  },
  { file: 'regbadct', section: '3.1.2.13 a URI with header fields outside of <>', outcome: 400, because: /^contact / },
  { file: 'badaspec', section: '3.1.2.14 spaces within an addr-spec (not repaired)', outcome: 400, because: /^to / },
  { file: 'baddn', section: '3.1.2.15 a display name that is neither tokens nor quoted', outcome: 400 },
  { file: 'badvers', section: '3.1.2.16 unknown protocol version', outcome: 505 },
  {
    file: 'mismatch01',
    section: '3.1.2.17 method and CSeq disagree',
    outcome: 400,
    because: /^CSeq names another method/,
  },
  {
    file: 'mismatch02',
    section: '3.1.2.18 unknown method and CSeq disagree',
    outcome: 400,
    because: /^CSeq names another method/,
  },
  { file: 'bigcode', section: '3.1.2.19 overlarge response code', outcome: 'discarded', because: /start line/ },
  {
    file: 'badbranch',
    section: '3.2.1 a branch of nothing but the cookie identifies nothing, and is not taken for a transaction',
    outcome: 'accepted',
    seen: ({ vias }) => expect(param(vias[0].params, 'branch')).to.equal('z9hG4bK'),
  },
  {
    file: 'insuf',
    section: '3.3.1 missing required header fields',
    outcome: 400,
    because: /(call-id|from|to) is missing/,
  },
  { file: 'unkscm', section: '3.3.2 Request-URI of an unknown scheme', outcome: 416 },
  { file: 'novelsc', section: '3.3.3 Request-URI of a scheme that is not for SIP', outcome: 416 },
  {
    file: 'unksm2',
    section: '3.3.4 unknown schemes in header fields are read',
    outcome: 'accepted',
    seen: ({ to, from, contacts }) => {
      expect([to.uri, from.uri, contacts[0]?.uri].map((uri) => uri?.scheme)).to.deep.equal(['isbn', 'http', 'name'])
    },
  },
  { file: 'bext01', section: '3.3.5 extensions that are not supported', outcome: 420 },
  { file: 'invut', section: '3.3.6 unknown Content-Type', outcome: 415 },
  {
    file: 'regaut01',
    section: '3.3.7 an unknown authorization scheme is as good as none',
    outcome: 'accepted',
    seen: ({ request }) => expect(header(request, 'authorization')).to.match(/^NoOneKnowsThisScheme /),
  },
  { file: 'multi01', section: '3.3.8 several values where one may stand', outcome: 400, because: /more than once/ },
  { file: 'mcl01', section: '3.3.9 several Content-Lengths', outcome: 400, because: /^Content-Length/ },
  { file: 'bcast', section: '3.3.10 200 that is not for us', outcome: 'discarded', because: /more than one Via/ },
  {
    file: 'zeromf',
    section: '3.3.11 Max-Forwards 0 is no matter to the one who is asked',
    outcome: 'accepted',
    seen: ({ request }) => expect(header(request, 'max-forwards')).to.equal('0'),
  },
  {
    file: 'cparam01',
    section: '3.3.12 a parameter outside of <> is one of the header field',
    outcome: 'accepted',
    seen: ({ contacts }) => {
      expect(contacts[0]?.params).to.deep.equal([['unknownparam']])
      expect(sip(contacts[0]?.uri).params).to.deep.equal([])
    },
  },
  {
    file: 'cparam02',
    section: '3.3.13 a parameter inside of <> is one of the URI',
    outcome: 'accepted',
    seen: ({ contacts }) => {
      expect(contacts[0]?.params).to.deep.equal([])
      expect(sip(contacts[0]?.uri).params).to.deep.equal([['unknownparam']])
    },
  },
  {
    file: 'regescrt',
    section: '3.3.14 a header field inside of <> is one of the URI',
    outcome: 'accepted',
    seen: ({ contacts, request }) => {
      expect(sip(contacts[0]?.uri).headers).to.deep.equal([['Route', '%3Csip:sip.example.com%3E']])
      expect(headers(request, 'route')).to.deep.equal([])
    },
  },
  { file: 'sdp01', section: '3.3.15 a body type is demanded that an answer cannot have', outcome: 406 },
  {
    file: 'inv2543',
    section: '3.4.1 INVITE with RFC 2543 syntax',
    outcome: 'accepted',
    seen: ({ request, to, from }) => {
      expect(to.params).to.deep.equal([['user', 'phone']])
      expect(param(from.params, 'tag')).to.equal(undefined)
      expect(request.body.length).to.be.greaterThan(90)
    },
  },
]
