/** What Kamailio's control socket speaks (module ctl, binrpc.h): a header, then values that each tell their type and size. */
export type RpcValue = number | string | Uint8Array | RpcValue[] | { [name: string]: RpcValue }

export type RpcReply =
  | { readonly kind: 'reply'; readonly cookie: number; readonly values: RpcValue[] }
  | { readonly kind: 'fault'; readonly cookie: number; readonly code: number; readonly because: string }
  /** Not what the protocol allows: close the connection. */
  | { readonly kind: 'nonsense'; readonly because: string }

const MAGIC_AND_VERSION = 0xa1
const INT = 0
const STR = 1
const DOUBLE = 2
const STRUCT = 3
const ARRAY = 4
const AVP = 5
const BYTES = 6
const REPLY = 1
const FAULT = 3
/** More than any answer that we ask for; a length beyond it is a broken stream. Octets. */
const MOST_OCTETS = 16_777_216

/** A request: the method's name, then its parameters. `cookie` (32 bits) comes back with the reply. */
export function encodeRpcRequest(cookie: number, method: string, params: readonly (string | number)[]): Buffer {
  const body = Buffer.concat([method, ...params].map((value) => encode(value)))
  const length = shortest(body.length)
  const mark = shortest(cookie)
  return Buffer.concat([
    Buffer.from([MAGIC_AND_VERSION, ((length.length - 1) << 2) | (mark.length - 1)]),
    length,
    mark,
    body,
  ])
}

function encode(value: string | number): Buffer {
  if (typeof value === 'number') {
    const octets = value === 0 ? Buffer.alloc(0) : shortest(value >>> 0)
    return Buffer.concat([Buffer.from([(octets.length << 4) | INT]), octets])
  }
  const text = Buffer.from(`${value}\0`)
  if (text.length < 8) return Buffer.concat([Buffer.from([(text.length << 4) | STR]), text])
  const length = shortest(text.length)
  return Buffer.concat([Buffer.from([0x80 | (length.length << 4) | STR]), length, text])
}

/** The fewest octets that hold it, one at least, most significant first. */
function shortest(value: number): Buffer {
  const whole = Buffer.alloc(4)
  whole.writeUInt32BE(value >>> 0)
  const first = whole.findIndex((octet) => octet !== 0)
  return whole.subarray(first < 0 ? 3 : first)
}

/** Reads a whole reply from its first octet on; undefined while octets are missing. */
export function decodeRpcReply(octets: Buffer): RpcReply | undefined {
  if (octets.length < 2) return undefined
  if (octets[0] !== MAGIC_AND_VERSION) return { kind: 'nonsense', because: 'another protocol' }
  const lengthSize = ((octets[1]! >> 2) & 3) + 1
  const cookieSize = (octets[1]! & 3) + 1
  const start = 2 + lengthSize + cookieSize
  if (octets.length < start) return undefined
  const length = octets.readUIntBE(2, lengthSize)
  const cookie = octets.readUIntBE(2 + lengthSize, cookieSize)
  if (length > MOST_OCTETS) return { kind: 'nonsense', because: 'a length over the limit' }
  if (octets.length < start + length) return undefined
  const kind = octets[1]! >> 4
  const values = new Reader(octets.subarray(start, start + length)).all()
  if (values === undefined) return { kind: 'nonsense', because: 'a value that is cut short' }
  if (kind === REPLY) return { kind: 'reply', cookie, values }
  if (kind === FAULT) return { kind: 'fault', cookie, code: Number(values[0]), because: String(values[1] ?? '') }
  return { kind: 'nonsense', because: 'neither reply nor fault' }
}

/** Raised inside, caught in `all`: a value says that it is longer than what there is. */
class CutShort extends Error {}
/** Ends an array or a struct. */
const END = Symbol('end')

class Reader {
  readonly #octets: Buffer
  #at = 0

  constructor(octets: Buffer) {
    this.#octets = octets
  }

  all(): RpcValue[] | undefined {
    const values: RpcValue[] = []
    try {
      while (this.#at < this.#octets.length) {
        const value = this.#next()
        if (value === END) return undefined
        values.push(value)
      }
      return values
    } catch (error) {
      if (error instanceof CutShort) return undefined
      throw error
    }
  }

  #next(): RpcValue | typeof END {
    const head = this.#take(1)[0]!
    const type = head & 0x0f
    const size = (head >> 4) & 7
    const hasLength = (head & 0x80) !== 0
    if (type === STRUCT || type === ARRAY) return hasLength ? END : type === ARRAY ? this.#array() : this.#struct()
    const octets = this.#take(hasLength ? this.#integer(this.#take(size)) : size)
    if (type === INT) return this.#integer(octets) | 0
    if (type === DOUBLE) return (this.#integer(octets) | 0) / 1000
    if (type === STR || type === AVP) return octets.subarray(0, -1).toString('utf8')
    if (type === BYTES) return octets
    throw new CutShort()
  }

  #array(): RpcValue[] {
    const values: RpcValue[] = []
    for (let value = this.#next(); value !== END; value = this.#next()) values.push(value)
    return values
  }

  /**
   * Names and values by turns. Kamailio writes a list in two ways: as one name many times, whose values become an array, and as
   * a struct of structs without names, which becomes one itself.
   */
  #struct(): RpcValue {
    const values: { [name: string]: RpcValue } = {}
    const nameless: RpcValue[] = []
    for (let name = this.#next(); name !== END; name = this.#next()) {
      if (typeof name === 'object') {
        nameless.push(name)
        continue
      }
      const value = this.#next()
      if (value === END || typeof name !== 'string') throw new CutShort()
      const before = Object.hasOwn(values, name) ? values[name] : undefined
      const all = before === undefined ? value : Array.isArray(before) ? [...before, value] : [before, value]
      Object.defineProperty(values, name, { value: all, enumerable: true, configurable: true, writable: true })
    }
    return nameless.length > 0 ? nameless : values
  }

  #integer(octets: Buffer): number {
    return octets.reduce((sum, octet) => sum * 256 + octet, 0)
  }

  #take(count: number): Buffer {
    if (this.#at + count > this.#octets.length) throw new CutShort()
    this.#at += count
    return this.#octets.subarray(this.#at - count, this.#at)
  }
}
