import { expect } from 'chai'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { packetsIn } from '../../../../hack/calls/pcap.ts'

const ETHERNET = 1
const PAYLOAD = 100

/** A file of UDP packets, each of which carries its number. */
function captureOf(count: number): Buffer {
  const head = Buffer.alloc(24)
  head.writeUInt32LE(0xa1b2c3d4, 0)
  head.writeUInt32LE(ETHERNET, 20)
  const packets = Array.from({ length: count }, (_, number) => {
    const packet = Buffer.alloc(16 + 14 + 20 + 8 + PAYLOAD)
    packet.writeUInt32LE(14 + 20 + 8 + PAYLOAD, 8)
    packet.writeUInt32LE(14 + 20 + 8 + PAYLOAD, 12)
    packet[30] = 0x45
    packet.writeUInt16BE(20 + 8 + PAYLOAD, 32)
    packet[39] = 17
    packet.writeUInt32BE(number, 58)
    return packet
  })
  return Buffer.concat([head, ...packets])
}

describe('packets of a capture', () => {
  let folder: string
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'callbot-pcap-'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('stay what they are when they are kept, however long the file is', () => {
    const count = 20_000
    const file = join(folder, 'long.pcap')
    writeFileSync(file, captureOf(count))
    const kept = [...packetsIn(file)]
    expect(kept.map(({ payload }) => payload.readUInt32BE(0))).to.deep.equal(
      Array.from({ length: count }, (_, at) => at),
    )
  })
})
