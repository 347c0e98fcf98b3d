/**
 * What a sealed value is bound to, as octets: each part with its length before it, so that no two lists of parts are the same octets.
 * @param purpose keeps seals of different kinds apart
 */
export function associatedData(purpose: string, parts: readonly (string | number)[]): Buffer {
  const chunks = [purpose, ...parts].map((part) => Buffer.from(String(part), 'utf8'))
  return Buffer.concat(
    chunks.flatMap((chunk) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(chunk.length)
      return [length, chunk]
    }),
  )
}
