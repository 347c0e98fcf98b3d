/** Keys by their event code (RFC 4733 3.2). */
export const keys = '0123456789*#ABCD'

/** Payload of a telephone-event packet (RFC 4733 2.3). */
export interface TelephoneEvent {
  readonly event: number
  readonly end: boolean
  /** Of what the key was pressed until now, in units of the timestamp. */
  readonly duration: number
}

export const EVENT_OCTETS = 4
/** -10 dBm0: keys as telephones send them. */
const VOLUME = 10

/** @returns undefined: not a whole one */
export function readEvent(packet: Buffer, from: number, to: number): TelephoneEvent | undefined {
  if (to - from < EVENT_OCTETS) return undefined
  return { event: packet[from]!, end: (packet[from + 1]! & 0x80) !== 0, duration: packet.readUInt16BE(from + 2) }
}

export function writeEvent(target: Buffer, at: number, { event, end, duration }: TelephoneEvent): void {
  target[at] = event
  target[at + 1] = (end ? 0x80 : 0) | VOLUME
  target.writeUInt16BE(duration, at + 2)
}
