import { headers, type SipRequest } from '../../../src/wire/sip/message.ts'

/** What a message carries: the header fields that say what the body is, and the body. */
export interface Content {
  readonly headers: readonly string[]
  readonly body: Buffer
}

export const NOTHING: Content = { headers: ['Content-Length: 0'], body: Buffer.alloc(0) }

/** Octets as they are: latin1. */
export const octetsOf = (text: string) => Buffer.from(text, 'latin1')

export const contentOf = (type: string, body: Buffer): Content => ({
  headers: [`Content-Type: ${type}`, `Content-Length: ${body.length}`],
  body,
})
export const sdpContent = (text: string) => contentOf('application/sdp', octetsOf(text))

export const writeMessage = (start: string, head: readonly string[], { headers: more, body }: Content): Buffer =>
  Buffer.concat([octetsOf([start, ...head, ...more, '', ''].join('\r\n')), body])

/** A response with what has to be copied (RFC 3261 8.2.6.2). */
export function writeResponse(
  request: SipRequest,
  status: number,
  o: { tag: string; contact?: string; content?: Content },
): Buffer {
  const copied = ['via', 'record-route', 'from', 'call-id', 'cseq'].flatMap((id) =>
    headers(request, id).map((value) => `${id}: ${value}`),
  )
  const to = headers(request, 'to')[0] ?? ''
  const tagged = status === 100 || /;\s*tag=/.test(to) ? to : `${to};tag=${o.tag}`
  const contact = o.contact === undefined ? [] : [`Contact: <${o.contact}>`]
  return writeMessage(`SIP/2.0 ${status} Any`, [...copied, `To: ${tagged}`, ...contact], o.content ?? NOTHING)
}

/** A plain description of one audio stream. */
export const description = (address: string, port: number) =>
  [
    ...['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', `m=audio ${port} RTP/AVP 8 101`],
    ...['a=rtpmap:8 PCMA/8000', 'a=rtpmap:101 telephone-event/8000', 'a=fmtp:101 0-15', 'a=sendrecv', ''],
  ].join('\r\n')

export interface MediaLine {
  readonly media: string
  readonly port: number
  readonly protocol: string
  readonly formats: string
  /** Of `a=rtcp`, if it has one. */
  readonly rtcp: number | undefined
}

/** The media lines of a description that the relay wrote. */
export function mediaLines(text: string): MediaLine[] {
  return text.split(/^(?=m=)/m).flatMap((part) => {
    const [, media = '', port = '', protocol = '', formats = ''] =
      /^m=(\S+) (\d+)(?:\/\d+)? (\S+) ?(.*?)\r?$/m.exec(part) ?? []
    const rtcp = /^a=rtcp:(\d+)/m.exec(part)?.[1]
    return media === '' ? [] : [{ media, port: Number(port), protocol, formats, rtcp: rtcp ? Number(rtcp) : undefined }]
  })
}

/** An answer that takes each stream of an offer. */
export function answerOf(offer: string, address: string, port: number): string {
  const lines = mediaLines(offer)
  if (lines.length === 0) return description(address, port)
  const media = lines.map(
    ({ media: kind, protocol, formats }, nth) =>
      `m=${kind} ${nth < 4 ? port + 2 * nth : 0} ${protocol} ${formats.split(' ')[0] || '8'}`,
  )
  return ['v=0', `o=- 1 1 IN IP4 ${address}`, 's=-', `c=IN IP4 ${address}`, 't=0 0', ...media, ''].join('\r\n')
}
