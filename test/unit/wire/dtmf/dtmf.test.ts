import { expect } from 'chai'
import fc from 'fast-check'
import {
  EVENT_OCTETS,
  keys,
  readEvent,
  writeEvent,
  type TelephoneEvent,
} from '../../../../src/wire/dtmf/telephone-event.ts'
import { DtmfReceiver } from '../../../../src/wire/dtmf/receiver.ts'
import { DtmfSender } from '../../../../src/wire/dtmf/sender.ts'

interface Sent {
  payload: TelephoneEvent
  timestamp: number
  marker: boolean
}

/** All packets of these presses as our sender makes them, with the timestamps that they get. */
function press(digits: string, from = 0): Sent[] {
  const sender = new DtmfSender()
  sender.press(digits)
  const sent: Sent[] = []
  let start = 0
  for (let frame = 0; sender.isPressing; frame++) {
    const packet = sender.next()
    if (packet === undefined) continue
    if (packet.marker) start = frame * 160
    sent.push({ payload: packet.payload, marker: packet.marker, timestamp: (from + start) >>> 0 })
  }
  return sent
}

function hear(packets: readonly Sent[]): string {
  const receiver = new DtmfReceiver()
  return packets.map(({ payload, timestamp, marker }) => receiver.receive(payload, timestamp, marker) ?? '').join('')
}

const digits = fc.string({ unit: fc.constantFrom(...keys), maxLength: 8 })

describe('keys by RFC 4733', () => {
  it('are heard once each, whatever is lost of a press as long as one packet of it comes', () => {
    fc.assert(
      fc.property(digits, fc.nat(0xffffffff), fc.infiniteStream(fc.nat(6)), (pressed, from, chance) => {
        const packets = press(pressed, from)
        const perPress = packets.length / Math.max(1, pressed.length)
        const survivors = packets.filter((_, at) => at % perPress === chance.next().value % perPress || at % 3 === 0)
        expect(hear(survivors)).to.equal(pressed)
      }),
    )
  })

  it('are heard once each when packets come twice and late', () => {
    const packets = press('11#')
    const doubled = packets.flatMap((packet, at) => [packet, packets[Math.max(0, at - 5)]!])
    expect(hear(doubled)).to.equal('11#')
  })

  it('held for longer than a packet can tell are one press', () => {
    const long = (timestamp: number, marker: boolean, end = false) => ({
      payload: { event: 5, end, duration: 0xffff },
      timestamp,
      marker,
    })
    expect(hear([long(0, true), long(0xffff, false), long(2 * 0xffff, false, true)])).to.equal('5')
    expect(hear([long(0, true, true), long(0xffff, true)])).to.equal('55')
  })

  it('are sent for 100 ms each with their end three times, and 60 ms lie between two', () => {
    const packets = press('42')
    expect(packets.map(({ payload }) => payload.duration)).to.deep.equal([
      160, 320, 480, 640, 800, 800, 800, 160, 320, 480, 640, 800, 800, 800,
    ])
    expect(packets.map(({ payload }) => Number(payload.end)).join('')).to.equal('00001110000111')
    expect(new Set(packets.map(({ timestamp }) => timestamp))).to.deep.equal(new Set([0, 8 * 160]))
  })

  it('that are none are refused as a whole, and events that are no keys are not heard', () => {
    const sender = new DtmfSender()
    expect(sender.press('12x')).to.equal(false)
    expect(sender.isPressing).to.equal(false)
    expect(sender.press('a')).to.equal(true)
    expect(hear([{ payload: { event: 16, end: false, duration: 160 }, timestamp: 1, marker: true }])).to.equal('')
  })

  it('are read as they were written, and not from half a packet', () => {
    const octets = Buffer.alloc(EVENT_OCTETS)
    const event = { event: 11, end: true, duration: 0xfffe }
    writeEvent(octets, 0, event)
    expect(readEvent(octets, 0, 4)).to.deep.equal(event)
    expect(readEvent(octets, 0, 3)).to.equal(undefined)
  })
})
