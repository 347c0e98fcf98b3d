import { expect } from 'chai'
import fc from 'fast-check'
import { readdirSync, readFileSync } from 'node:fs'
import { parseAddress } from '../../../../src/wire/sip/address.ts'
import { Framer, type Framed } from '../../../../src/wire/sip/framer.ts'
import { isIpv6 } from '../../../../src/wire/sip/host.ts'
import type { SipFault, SipMessage } from '../../../../src/wire/sip/message.ts'
import { writeParams } from '../../../../src/wire/sip/params.ts'
import { parseMessage } from '../../../../src/wire/sip/parse-datagram.ts'
import { serialise } from '../../../../src/wire/sip/serialise.ts'
import { parseUri, writeUri } from '../../../../src/wire/sip/uri.ts'
import { parseVia, writeVia } from '../../../../src/wire/sip/via.ts'
import { address, message, sipUri, via } from '../../../harness/sip.ts'

/** What a message says, without how its octets are held. */
function content(it: SipMessage | SipFault | Framed): unknown {
  if (it.kind !== 'request' && it.kind !== 'response') return it
  const headers = it.headers.filter(({ id }) => id !== 'content-length')
  return { ...it, headers, body: Buffer.from(it.body).toString('hex') }
}

describe('SIP on the wire', () => {
  it('a message that is written and read again is the same', () => {
    fc.assert(
      fc.property(message, (it) => void expect(content(parseMessage(serialise(it)))).to.deep.equal(content(it))),
    )
  })

  it('a reason may hold any letter of Unicode, also those that end lines elsewhere', () => {
    const written = Buffer.from('SIP/2.0 100 a\u2028b\u2029\u0085\r\nContent-Length: 0\r\n\r\n')
    expect(parseMessage(written)).to.have.property('reason', 'a\u2028b\u2029\u0085')
  })

  it('a stream gives the same messages however it is cut', () => {
    const cuts = fc.array(fc.integer({ min: 1, max: 200 }), { minLength: 1, maxLength: 30 })
    fc.assert(
      fc.property(fc.array(message, { maxLength: 5 }), cuts, (messages, sizes) => {
        const octets = Buffer.concat(messages.map(serialise))
        const framer = new Framer()
        const found: Framed[] = []
        for (let at = 0, turn = 0; at < octets.length; turn++) {
          const size = sizes[turn % sizes.length]!
          found.push(...framer.push(octets.subarray(at, at + size)))
          at += size
        }
        expect(found.map(content)).to.deep.equal(messages.map(content))
        expect(framer.midway).to.equal(false)
      }),
    )
  })

  it('a stream may be cut after each octet, keep-alives between the messages included', () => {
    fc.assert(
      fc.property(message, message, (one, two) => {
        const octets = Buffer.concat([serialise(one), Buffer.from('\r\n\r\n'), serialise(two)])
        const framer = new Framer()
        const found = [...octets].flatMap((octet) => framer.push(Uint8Array.of(octet)))
        const messages = found.filter(({ kind }) => kind === 'request' || kind === 'response')
        expect(messages.map(content)).to.deep.equal([one, two].map(content))
      }),
      { numRuns: 20 },
    )
  })

  it('a head that is not UTF-8 loses no octet', () => {
    const octets = Buffer.from(
      'OPTIONS sip:a@b SIP/2.0\r\nFrom: "Andr\xe9" <sip:a@b>\r\nContent-Length: 0\r\n\r\n',
      'latin1',
    )
    const read = parseMessage(octets)
    expect(read).to.have.property('charset', 'latin1')
    expect(serialise(read as SipMessage).equals(octets)).to.equal(true)
  })

  it('reading what was written of a torture message gives that message', () => {
    for (const file of readdirSync('test/fixtures/sip/rfc4475')) {
      const read = parseMessage(readFileSync(`test/fixtures/sip/rfc4475/${file}`))
      if (read.kind !== 'fault') expect(content(parseMessage(serialise(read)))).to.deep.equal(content(read))
    }
  })

  it('a SIP URI is read as it was written', () => {
    fc.assert(fc.property(sipUri, (uri) => void expect(parseUri(writeUri(uri))).to.deep.equal(uri)))
  })

  it('a Via is read as it was written', () => {
    fc.assert(fc.property(via, (it) => void expect(parseVia(writeVia(it))).to.deep.equal(it)))
  })

  it('an address is read as it was written, whatever its display name', () => {
    fc.assert(
      fc.property(address, (it) => {
        const display = it.display === undefined ? '' : `"${it.display.replace(/["\\]/g, '\\$&')}" `
        const written = `${display}<${writeUri(it.uri)}>${writeParams(it.params)}`
        expect(parseAddress(written)).to.deep.equal(it)
      }),
    )
  })

  it('an IPv6 address is distinguished from what is none', () => {
    fc.assert(fc.property(fc.ipV6(), (text) => void expect(isIpv6(text)).to.equal(true)))
    for (const text of [
      '',
      ':',
      '1',
      '1:2',
      ':::',
      '1::2::3',
      '12345::',
      '::g',
      '1:2:3:4:5:6:7:8:9',
      '::1.2.3',
      '::1.2.3.256',
    ]) {
      expect(isIpv6(text), text).to.equal(false)
    }
    for (const text of ['2001:db8:::10', '2001:db8::::192.0.2.1', 'fe80::1%eth0', '1:2:3:4:5:6:7::8:9', '1.2.3.4::']) {
      expect(isIpv6(text), text).to.equal(false)
    }
  })
})
