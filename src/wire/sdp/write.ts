import type { Sdp } from './sdp.ts'

/** Writes a description, in the order of RFC 8866 5. The caller's values hold no line breaks: `readSdp` let none in, and ours have none. */
export function writeSdp(sdp: Sdp): Buffer {
  const { sessionId, version, address } = sdp.origin
  const lines = [
    'v=0',
    `o=- ${sessionId} ${version} IN ${address.family} ${address.address}`,
    's=-',
    ...connectionLine(sdp),
    't=0 0',
    ...attributeLines(sdp),
  ]
  for (const media of sdp.media) {
    lines.push(`m=${media.type} ${media.port} ${media.protocol} ${media.formats.join(' ')}`)
    lines.push(...connectionLine(media), ...attributeLines(media))
  }
  return Buffer.from(lines.join('\r\n') + '\r\n')
}

const connectionLine = ({ connection }: Pick<Sdp, 'connection'>) =>
  connection === undefined ? [] : [`c=IN ${connection.family} ${connection.address}`]

const attributeLines = ({ attributes }: Pick<Sdp, 'attributes'>) =>
  attributes.map(({ name, value }) => (value === undefined ? `a=${name}` : `a=${name}:${value}`))
