/** Just enough of protocol buffers (https://protobuf.dev/programming-guides/encoding) to change a message and keep all else of it octet by octet. */

export type Field = { number: number; wire: 0; value: bigint } | { number: number; wire: 1 | 2 | 5; value: Buffer }

/** @throws on a message that is cut off or has groups, which nobody writes any more */
export function decode(message: Buffer): Field[] {
  const fields: Field[] = []
  let at = 0
  const varint = (): bigint => {
    let value = 0n
    for (let shift = 0n; ; shift += 7n) {
      const octet = message[at++]
      if (octet === undefined) throw new Error('the message is cut off')
      value |= BigInt(octet & 0x7f) << shift
      if (octet < 0x80) return value
    }
  }
  while (at < message.length) {
    const key = Number(varint())
    const [number, wire] = [key >>> 3, key & 7]
    if (wire === 0) {
      fields.push({ number, wire, value: varint() })
      continue
    }
    if (wire !== 1 && wire !== 2 && wire !== 5) throw new Error(`wire type ${wire} is not known here`)
    const size = wire === 2 ? Number(varint()) : wire === 1 ? 8 : 4
    if (at + size > message.length) throw new Error('the message is cut off')
    fields.push({ number, wire, value: message.subarray(at, (at += size)) })
  }
  return fields
}

export function encode(fields: readonly Field[]): Buffer {
  const parts: Buffer[] = []
  for (const { number, wire, value } of fields) {
    parts.push(varint(BigInt((number << 3) | wire)))
    if (wire === 0) parts.push(varint(value))
    else if (wire === 2) parts.push(varint(BigInt(value.length)), value)
    else parts.push(value)
  }
  return Buffer.concat(parts)
}

function varint(value: bigint): Buffer {
  const octets: number[] = []
  let left = BigInt.asUintN(64, value)
  for (; left >= 0x80n; left >>= 7n) octets.push(Number(left & 0x7fn) | 0x80)
  return Buffer.from([...octets, Number(left)])
}

export const number = (field: number, value: number): Field => ({ number: field, wire: 0, value: BigInt(value) })
export const bytes = (field: number, value: Buffer): Field => ({ number: field, wire: 2, value })
export const text = (field: number, value: string): Field => bytes(field, Buffer.from(value))
