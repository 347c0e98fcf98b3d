import { expect } from 'chai'
import fc from 'fast-check'
import { parseMessage } from '../../../../src/wire/sip/parse-datagram.ts'
import type { SipRequest } from '../../../../src/wire/sip/message.ts'
import { serialise } from '../../../../src/wire/sip/serialise.ts'
import { understandRequest, type UnderstoodRequest } from '../../../../src/wire/sip/parse-headers.ts'
import { calleeFor, callerFor, handOverHeaders, protections } from '../../../../src/voice/transfer/outgoing-invite.ts'

const CALLER = '"Mme Roux" <sip:+33612345678@carrier.example;user=phone>;tag=1'

function incoming(from = CALLER, extra: readonly string[] = []): UnderstoodRequest {
  const lines = [
    'INVITE sip:+33199000001@town-hall.clinic.svc SIP/2.0',
    'Via: SIP/2.0/TLS edge.example;branch=z9hG4bK1',
    `From: ${from}`,
    'To: <sip:+33199000001@voice.example.net>',
    ...['Call-ID: 1', 'CSeq: 1 INVITE', 'Contact: <sip:caller@carrier.example>', 'Max-Forwards: 70'],
    ...extra,
  ]
  return understandRequest(
    parseMessage(Buffer.from(`${lines.join('\r\n')}\r\n\r\n`)) as SipRequest,
  ) as UnderstoodRequest
}

const written = ({ from, headers }: ReturnType<typeof callerFor>) => [
  from,
  ...headers.map(({ name, value }) => `${name}: ${value}`),
]
const WITHHELD = ['"Anonymous" <sip:anonymous@anonymous.invalid>', 'Privacy: id']

describe('the invitation of a person', () => {
  it('shows the number of the caller, of the bot, or none, as the integration says', () => {
    const shows = (callerNumber: 'Caller' | 'Bot' | 'Withheld') => written(callerFor(incoming(), { callerNumber }))
    expect(shows('Caller')).to.deep.equal(['<sip:+33612345678@carrier.example>'])
    expect(shows('Bot')).to.deep.equal(['<sip:+33199000001@voice.example.net>'])
    expect(shows('Withheld')).to.deep.equal(WITHHELD)
  })

  it('does not tell the number of a caller who withheld it', () => {
    const caller = { callerNumber: 'Caller' } as const
    expect(written(callerFor(incoming(CALLER, ['Privacy: id']), caller))).to.deep.equal(WITHHELD)
    const anonymous = '"Anonymous" <sip:anonymous@anonymous.invalid>;tag=1'
    expect(written(callerFor(incoming(anonymous), caller))).to.deep.equal(WITHHELD)
    expect(written(callerFor(incoming('<tel:+33612345678>;tag=1'), caller))).to.deep.equal(WITHHELD)
    expect(written(callerFor(incoming(CALLER, ['Privacy: none']), caller))[0]).to.contain('+33612345678')
  })

  it('names the person by number, at the host that the caller has called, and nobody else learns our own names', () => {
    expect(calleeFor(incoming(), '4001')).to.equal('<sip:4001@voice.example.net>')
  })

  it('offers SRTP first wherever a trunk takes it, and plain RTP only where a trunk asks for that', () => {
    expect(protections({ media: ['Required'] })).to.deep.equal(['Secure'])
    expect(protections({ media: ['Preferred'] })).to.deep.equal(['Secure', 'Plain'])
    expect(protections({ media: ['Disabled'] })).to.deep.equal(['Plain'])
    expect(protections({ media: ['Disabled', 'Required'] })).to.deep.equal(['Secure', 'Plain'])
    expect(protections({ media: [] })).to.deep.equal([])
  })

  it('hands over what the integration has a header for, and nothing else', () => {
    const handOver = [
      { field: 'reason', header: 'X-Callbot-Reason' },
      { field: 'file', header: 'X-File' },
    ]
    const headers = handOverHeaders({ reason: 'annulation', secret: '1234' }, { handOver })
    expect(headers.map(({ name, value }) => [name, value])).to.deep.equal([['X-Callbot-Reason', 'annulation']])
  })

  it('stays one header field a value, whatever a caller said', () => {
    const handOver = [{ field: 'reason', header: 'X-Reason' }]
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 1_000 }), (reason) => {
        const headers = handOverHeaders({ reason }, { handOver })
        const { request } = incoming()
        const octets = serialise({ ...request, headers: [...request.headers, ...headers] })
        const again = parseMessage(octets)
        if (again.kind !== 'request') throw new Error('no request')
        expect(again.headers).to.have.length(request.headers.length + 1 + headers.length)
      }),
    )
  })
})
