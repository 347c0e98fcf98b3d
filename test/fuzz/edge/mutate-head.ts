import { mutate } from '../mutate.ts'
import { EDGE } from './sites.ts'
import { octetsOf } from './sip-text.ts'

type Next = (below: number) => number
const of = <T>(next: Next, all: readonly T[]): T => all[next(all.length)]!

const VIAS = [
  ...[
    ';maddr=127.0.0.1',
    ';maddr=169.254.169.254',
    ';received=127.0.0.1;rport=53',
    ';rport=53',
    ';received=::1',
    ';ttl=1',
  ],
  ...[';alias', ';i=1', ';rport=2223', ';maddr=localhost', `;maddr=${EDGE};rport=2223`],
]
const FIELDS = [
  ...['Route: <sip:127.0.0.1:53;lr>', `Route: <sip:${EDGE}:5071;transport=tls;lr>`, 'Route: <sip:169.254.169.254;lr>'],
  ...[
    'Record-Route: <sip:127.0.0.1:53;lr>',
    'Contact: <sip:a@127.0.0.1:53>',
    'Contact: *',
    'm: <sip:a@169.254.169.254>',
  ],
  ...['Path: <sip:127.0.0.1:53>', 'Require: 100rel, x', 'Proxy-Require: x', 'Max-Forwards: 0', 'Expires: 99999999999'],
  ...['Call-ID: other', 'CSeq: 0 INVITE', 'Supported: path, outbound', 'X-Callbot-Drill: x', 'X-Callbot-Media: Secure'],
  ...[
    'Content-Length: 0',
    'Via: SIP/2.0/UDP 127.0.0.1:53;branch=z9hG4bKx',
    'v: SIP/2.0/TCP 169.254.169.254:53',
    `Identity: ${'x'.repeat(4_000)}`,
  ],
  ...[
    'Session-Expires: 90;refresher=uas',
    'Alert-Info: <http://127.0.0.1>',
    'Replaces: x;to-tag=1;from-tag=2',
    'To: <sip:x>;tag=1',
  ],
]

/** Changes of a whole message: of its Via, of its fields, or of any of its octets. */
export function mutateHead(octets: Buffer, next: Next): Buffer {
  const text = octets.toString('latin1')
  const end = text.indexOf('\r\n\r\n')
  if (end < 0) return mutate([octets], next)
  const [head, rest] = [text.slice(0, end), text.slice(end)]
  const lines = head.split('\r\n')
  const at = 1 + next(lines.length)
  switch (next(5)) {
    case 0:
      return octetsOf(head.replace(/^(v|via):.*$/im, (via) => via + of(next, VIAS)) + rest)
    case 1:
      return octetsOf([...lines.slice(0, at), of(next, FIELDS), ...lines.slice(at)].join('\r\n') + rest)
    case 2:
      return octetsOf(head.replace(/^.*$/m, (line) => mutate([octetsOf(line)], next).toString('latin1')) + rest)
    default:
      return mutate([octets], next)
  }
}
