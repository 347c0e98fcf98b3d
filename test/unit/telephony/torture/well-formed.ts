import { expect } from 'chai'
import { header } from '../../../../src/wire/sip/message.ts'
import { param } from '../../../../src/wire/sip/params.ts'
import { unescape } from '../../../../src/wire/sip/uri.ts'
import { sip, type Case } from './outcome.ts'

/** RFC 4475 3.1.1: each outcome is what the message's own section asks for. */
export const wellFormed: Case[] = [
  {
    file: 'wsinv',
    section: '3.1.1.1 a short tortuous INVITE (for a dialog that is not here, as its To tag says)',
    outcome: 481,
    seen: ({ request, vias, from, to, cseq, contacts }) => {
      expect(param(to.params, 'tag')).to.equal('1918181833n')
      expect(from.display).to.equal('J Rosenberg \\"')
      expect(param(from.params, 'tag')).to.equal('98asjd8')
      expect(Number(header(request, 'max-forwards'))).to.equal(68)
      expect(cseq).to.deep.equal({ number: 9, method: 'INVITE' })
      expect(vias.map(({ transport, host }) => `${transport} ${host}`)).to.deep.equal([
        'UDP 192.0.2.2',
        'TCP spindle.example.com',
        'UDP 192.168.255.111',
      ])
      expect(vias.map(({ params }) => param(params, 'branch'))).to.deep.equal([
        '390skdjuw',
        'z9hG4bK9ikj8',
        'z9hG4bK30239',
      ])
      expect(header(request, 'subject')).to.equal('')
      expect(header(request, 'newfangledheader')).to.equal('newfangled value continued newfangled value')
      expect(header(request, 'unknownheaderwithunusualvalue')).to.equal(';;,,;;,;')
      expect(contacts[0]?.display).to.equal('Quoted string ""')
      expect(contacts[0]?.params).to.deep.equal([['newparam', 'newvalue'], ['secondparam'], ['q', '0.33']])
      expect(request.body.length).to.equal(150)
    },
  },
  {
    file: 'intmeth',
    section: '3.1.1.2 wide range of valid characters (an unknown method, so 501)',
    outcome: 501,
    seen: ({ request, uri, from, to, callId }) => {
      expect(request.method).to.equal("!interesting-Method0123456789_*+`.%indeed'~")
      expect(sip(uri).user).to.equal("1_unusual.URI~(to-be!sure)&isn't+it$/crazy?,/;;*")
      expect(sip(uri).password).to.equal("&it+has=1,weird!*pas$wo~d_too.(doesn't-it)")
      expect(to.display).to.equal('BEL:\u0007 NUL:\u0000 DEL:\u007f')
      expect(from.display).to.equal("token1~` token2'+_ token3*%!.-")
      expect(param(from.params, "fromparam''~+*_!.-%")).to.equal('"работающий"')
      expect(param(from.params, 'tag')).to.equal("_token~1'+`*%!-.")
      expect(callId).to.equal(`intmeth.word%ZK-!.*_+'@word\`~)(><:\\/"][?}{`)
      expect(header(request, "extensionheader-!.%*+_`'~")).to.equal('\ufeff大停電')
    },
  },
  {
    file: 'esc01',
    section: '3.1.1.3 valid use of the % escaping mechanism',
    outcome: 'accepted',
    seen: ({ uri, to, from, contacts }) => {
      expect(unescape(sip(uri).user!)).to.equal('sips:user@example.com')
      expect(sip(uri).host).to.equal('example.net')
      expect(unescape(sip(to.uri).user!)).to.equal('user')
      expect(unescape(sip(from.uri).user!)).to.equal('I have spaces')
      const [[lr], [name, value]] = sip(contacts[0]?.uri).params as [[string], [string, string]]
      expect([lr, name, value].map(unescape)).to.deep.equal(['lr', 'name', 'value%41'])
    },
  },
  {
    file: 'escnull',
    section: '3.1.1.4 escaped nulls in URIs',
    outcome: 'accepted',
    seen: ({ to, contacts }) => {
      expect(unescape(sip(to.uri).user!)).to.equal('null-\0-null')
      expect(contacts.map(({ uri }) => unescape(sip(uri).user!))).to.deep.equal(['\0', '\0\0'])
    },
  },
  {
    file: 'esc02',
    section: '3.1.1.5 use of % when it is not an escape (so the method is unknown)',
    outcome: 501,
    seen: ({ request, to, contacts }) => {
      expect(request.method).to.equal('RE%47IST%45R')
      expect(to.display).to.equal('%Z%45')
      expect(contacts.map(({ uri }) => sip(uri).user)).to.deep.equal(['alias1', 'alias3'])
    },
  },
  {
    file: 'lwsdisp',
    section: '3.1.1.6 no space between display name and <',
    outcome: 'accepted',
    seen: ({ from }) => {
      expect(from.display).to.equal('caller')
      expect(sip(from.uri).user).to.equal('caller')
      expect(param(from.params, 'tag')).to.equal('323')
    },
  },
  {
    file: 'longreq',
    section: '3.1.1.7 long values in header fields',
    outcome: 'accepted',
    seen: ({ vias, to, from }) => {
      expect(vias).to.have.length(34)
      expect(vias.at(-1)?.host).to.equal('host.example.com')
      expect(sip(to.uri).port).to.equal(6000)
      expect(param(from.params, 'tag')).to.match(/^12982(982)+424$/)
    },
  },
  {
    file: 'dblreq',
    section: '3.1.1.8 extra trailing octets in a datagram are left out',
    outcome: 'accepted',
    seen: ({ request, callId }) => {
      expect([request.method, request.body.length]).to.deep.equal(['REGISTER', 0])
      expect(callId).to.match(/^dblreq\.0ha0isndaksdj/)
    },
  },
  {
    file: 'semiuri',
    section: '3.1.1.9 semicolon-separated parameters in the user part',
    outcome: 'accepted',
    seen: ({ request, uri }) => {
      expect(unescape(sip(uri).user!)).to.equal('user;par=u@example.net')
      expect(sip(uri).params).to.deep.equal([])
      expect(header(request, 'accept')!.split(', ')).to.have.length(6)
    },
  },
  {
    file: 'transports',
    section: '3.1.1.10 varied and unknown transport types',
    outcome: 'accepted',
    seen: ({ vias }) => {
      expect(vias.map(({ transport }) => transport)).to.deep.equal(['UDP', 'SCTP', 'TLS', 'UNKNOWN', 'TCP'])
    },
  },
  {
    file: 'mpart01',
    section: '3.1.1.11 multipart MIME message',
    outcome: 'accepted',
    seen: ({ request }) => {
      expect(request.body.length).to.equal(553)
      expect(Buffer.from(request.body).subarray(-4).toString()).to.match(/--\r\n$/)
    },
  },
  {
    file: 'unreason',
    section: '3.1.1.12 unusual reason phrase',
    outcome: 'accepted',
    answer: ({ response }) => {
      expect(response.status).to.equal(200)
      expect(response.reason).to.equal('= 2**3 * 5**2 но сто девяносто девять - простое')
    },
  },
  {
    file: 'noreason',
    section: '3.1.1.13 empty reason phrase',
    outcome: 'accepted',
    answer: ({ response }) => expect([response.status, response.reason]).to.deep.equal([100, '']),
  },
]
