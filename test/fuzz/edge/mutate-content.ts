import { gzipSync } from 'node:zlib'
import { mutateSdp } from './mutate-sdp.ts'
import { type Content, contentOf, octetsOf } from './sip-text.ts'

type Next = (below: number) => number
const of = <T>(next: Next, all: readonly T[]): T => all[next(all.length)]!

const TYPES = [
  ...[
    'application/sdp',
    'APPLICATION/SDP',
    'application/sdp;charset=utf-8',
    'application / sdp',
    'application/SDP ;x="\\""',
  ],
  ...['\r\n application/sdp', 'text/plain', 'application/sdpx', 'application/x-sdp', 'application/*', '*/*', '', 'a'],
  ...[
    'application/dtmf-relay',
    'application/pidf+xml',
    'multipart/mixed',
    'message/sip',
    'message/sipfrag',
    'multipart/',
  ],
  ...['multipart/mixed;boundary=', '"application/sdp"', 'application/sdp, text/plain', 'text/plain, application/sdp'],
]
const NAMES = ['Content-Type', 'content-type', 'c', 'C', 'CONTENT-TYPE', 'Content-Type ', 'Content-Type\t']
const DISPOSITIONS = ['session', 'early-session', 'render', 'session;handling=optional', 'icon']

function multipart(body: Buffer, next: Next): Content {
  const boundary = of(next, ['b', '--', 'x'.repeat(70), '"b b"', 'b;c', '='])
  const bare = boundary.replaceAll('"', '')
  const part = (type: string, text: Buffer) =>
    Buffer.concat([
      octetsOf(`--${bare}\r\nContent-Type: ${type}\r\n`),
      octetsOf(next(3) === 0 ? `Content-Disposition: ${of(next, DISPOSITIONS)}\r\n` : ''),
      octetsOf('\r\n'),
      text,
      octetsOf('\r\n'),
    ])
  const parts = Array.from({ length: 1 + next(4) }, () =>
    part(of(next, TYPES), next(2) === 0 ? body : mutateSdp(body, next)),
  )
  const end = octetsOf(of(next, [`--${bare}--\r\n`, `--${bare}\r\n`, '', `--${bare}--`]))
  const whole = Buffer.concat([part('application/sdp', body), ...parts, end])
  return contentOf(`multipart/${of(next, ['mixed', 'alternative', 'related', 'MIXED'])};boundary=${boundary}`, whole)
}

const CHANGES: readonly ((body: Buffer, next: Next) => Content)[] = [
  (body, next) => contentOf(of(next, TYPES), body),
  multipart,
  (body, next) => ({
    headers: [
      `${of(next, NAMES)}: ${of(next, TYPES)}`,
      `Content-Type: application/sdp`,
      `Content-Length: ${body.length}`,
    ],
    body,
  }),
  (body, next) => ({
    headers: [`Content-Type: application/sdp`, `${of(next, NAMES)}: ${of(next, TYPES)}`, `l: ${body.length}`],
    body,
  }),
  (body, next) => ({ headers: ['c: application/sdp', `Content-Length: ${of(next, lengths(body))}`], body }),
  (body, next) => ({
    headers: ['Content-Type: application/sdp', `l: ${of(next, lengths(body))}`, `Content-Length: ${body.length}`],
    body,
  }),
  (body) => ({ headers: ['Content-Type: application/sdp'], body }),
  (body) => ({ headers: [`Content-Length: ${body.length}`], body }),
  (body, next) => {
    const zipped = next(2) === 0 ? gzipSync(body) : body
    const { headers } = contentOf('application/sdp', zipped)
    return {
      headers: [`${of(next, ['Content-Encoding', 'e'])}: ${of(next, ['gzip', 'identity', '', 'x'])}`, ...headers],
      body: zipped,
    }
  },
  (body, next) => ({
    headers: [`Content-Disposition: ${of(next, DISPOSITIONS)}`, ...contentOf('application/sdp', body).headers],
    body,
  }),
  () => contentOf('application/sdp', Buffer.alloc(0)),
]

const lengths = (body: Buffer) => [
  ...[0, 1, body.length - 1, body.length + 1, body.length - 20, -1].map(String),
  ...[
    '',
    'x',
    '00',
    `0${body.length}`,
    `+${body.length}`,
    `${body.length} `,
    '4294967296',
    `0x${body.length.toString(16)}`,
  ],
]

/** A description that is changed itself, or in what is said of it, or both. */
export function mutateContent({ body }: Content, next: Next): Content {
  const kind = next(8)
  const description = kind === 0 ? body : mutateSdp(body, next)
  if (kind > 1) return contentOf('application/sdp', description)
  return of(next, CHANGES)(description, next)
}

/** Words in a call, as of INFO: what a pod looks for keys in. */
export function mutateWords(next: Next): Content {
  const unit = of(next, [
    '\n',
    '\r\n',
    ' ',
    '\t',
    '\r',
    'Signal',
    'Signal=',
    'Signal =\n',
    '=',
    '\0',
    '0',
    'a',
    ' \n',
    '\u00a0',
  ])
  const most = of(next, [10, 1_000, 65_000])
  const filler = unit.repeat(1 + next(Math.floor(most / unit.length)))
  const body = of(next, [filler, `Signal=5\r\n${filler}`, `${filler}Signal=5\r\nDuration=160\r\n`, `Signal=${filler}`])
  const type = of(next, [
    'application/dtmf-relay',
    'application/dtmf',
    'application/dtmf-relay;x',
    'text/plain',
    ...TYPES,
  ])
  return contentOf(type, octetsOf(body.slice(0, 64_000)))
}
