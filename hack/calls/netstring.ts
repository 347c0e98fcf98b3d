/** Netstrings (`5:hello,`), in which baresip's ctrl_tcp packs its JSON. */

export const netstring = (text: string) => `${Buffer.byteLength(text)}:${text},`

/** Longest that a peer may say at once, in octets: more means that we lost step. */
const MAX_OCTETS = 1 << 20

/**
 * Takes what a stream delivers in pieces and returns the whole texts in it.
 * @throws when what comes is no netstring
 */
export function createNetstringReader(): (piece: Buffer) => string[] {
  let rest: Buffer = Buffer.alloc(0)
  return (piece) => {
    rest = Buffer.concat([rest, piece])
    const texts: string[] = []
    for (;;) {
      const colon = rest.indexOf(':')
      if (colon < 0 && rest.length < 8) return texts
      const digits = rest.toString('latin1', 0, Math.max(colon, 0))
      const length = Number(digits)
      if (!/^\d{1,7}$/.test(digits) || length > MAX_OCTETS)
        throw new Error('baresip sent something that is no netstring')
      const end = colon + 1 + length
      if (rest.length <= end) return texts
      texts.push(rest.toString('utf8', colon + 1, end))
      rest = rest.subarray(end + 1)
    }
  }
}
