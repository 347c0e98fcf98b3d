import { expect } from 'chai'
import { readFileSync } from 'node:fs'
import { emptyRtpHeader, readRtp } from '../../../../src/wire/rtp/packet.ts'
import { SrtpReceiver } from '../../../../src/wire/srtp/receiver.ts'
import { SrtpSender } from '../../../../src/wire/srtp/sender.ts'
import { masterKey, type Suite } from '../../../../src/wire/srtp/suites.ts'

interface Fixture {
  suite: Suite
  keying: string
  mki: string
  packets: { plain: string; protected: string }[]
  reports: { plain: string; protected: string }[]
}

const hex = (text: string) => Buffer.from(text, 'hex')
const fixtures = JSON.parse(readFileSync('test/fixtures/srtp/packets.json', 'utf8')) as Fixture[]
const receiverOf = ({ suite, keying, mki }: Fixture) =>
  new SrtpReceiver({ master: masterKey(suite, hex(keying)), lifetime: 2 ** 48, mki: hex(mki) })

export function open(receiver: SrtpReceiver, octets: Buffer): string {
  const packet = Buffer.from(octets)
  const header = emptyRtpHeader()
  if (!readRtp(packet, packet.length, header)) return 'malformed'
  const outcome = receiver.unprotect(packet, header)
  return outcome === 'authentic' ? packet.toString('hex', 0, header.payloadEnd) : outcome
}

for (const fixture of fixtures) {
  const name = `${fixture.suite}${fixture.mki === '' ? '' : ' with a master key identifier'}`
  describe(`packets of libsrtp, ${name}`, () => {
    it('are opened, over a rollover of the sequence number', () => {
      const receiver = receiverOf(fixture)
      for (const packet of fixture.packets) expect(open(receiver, hex(packet.protected))).to.equal(packet.plain)
    })

    it('are opened by one who joins after the rollover', () => {
      const receiver = receiverOf(fixture)
      for (const packet of fixture.packets.slice(4))
        expect(open(receiver, hex(packet.protected))).to.equal(packet.plain)
    })

    it('are opened out of order, and each only once', () => {
      const receiver = receiverOf(fixture)
      const order = [3, 0, 5, 1, 4, 2]
      for (const at of order)
        expect(open(receiver, hex(fixture.packets[at]!.protected))).to.equal(fixture.packets[at]!.plain)
      for (const { protected: octets } of fixture.packets) expect(open(receiver, hex(octets))).to.equal('replayed')
    })

    it('are refused with one bit changed, wherever it is', () => {
      const [packet] = fixture.packets
      for (let bit = 0; bit < packet!.protected.length * 4; bit += 13) {
        const octets = hex(packet!.protected)
        octets[bit >> 3]! ^= 1 << (bit & 7)
        expect(open(receiverOf(fixture), octets), String(bit)).to.be.oneOf(['unauthenticated', 'malformed'])
      }
    })

    it('of RTCP are opened once, and refused when changed', () => {
      const receiver = receiverOf(fixture)
      for (const report of fixture.reports) {
        expect((receiver.unprotectRtcp(hex(report.protected)) as Buffer).toString('hex')).to.equal(report.plain)
        expect(receiver.unprotectRtcp(hex(report.protected))).to.equal('replayed')
        for (let octet = 0; octet < report.protected.length / 2; octet++) {
          const changed = hex(report.protected)
          changed[octet]! ^= 1
          expect(receiverOf(fixture).unprotectRtcp(changed)).to.equal('unauthenticated')
        }
      }
    })

    if (fixture.mki === '') {
      it('are what ours makes of the same, octet by octet', () => {
        const sender = new SrtpSender(masterKey(fixture.suite, hex(fixture.keying)), 0xdecafbad)
        for (const packet of fixture.packets) {
          const plain = hex(packet.plain)
          const octets = Buffer.concat([plain, Buffer.alloc(16)])
          const header = emptyRtpHeader()
          readRtp(plain, plain.length, header)
          const end = sender.protect(octets, header.payloadStart, plain.length)
          expect(octets.toString('hex', 0, end)).to.equal(packet.protected)
        }
      })

      it('of RTCP are what ours makes of the same, once as many were sent', () => {
        const sender = new SrtpSender(masterKey(fixture.suite, hex(fixture.keying)), 0xdecafbad)
        // libsrtp counts from 1, ours from 0.
        sender.protectRtcp(hex(fixture.reports[0]!.plain))
        for (const report of fixture.reports) {
          expect(sender.protectRtcp(hex(report.plain)).toString('hex')).to.equal(report.protected)
        }
      })
    }
  })
}
