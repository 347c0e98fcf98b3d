import { header, headers, type Header, type SipRequest } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodResponse } from '../../wire/sip/parse-headers.ts'

const NO_BODY = Buffer.alloc(0)

/** The ACK to a refusal (RFC 3261 17.1.1.3): the INVITE's topmost Via and Route, the response's To. */
export function ackOf(invite: SipRequest, { response }: UnderstoodResponse): SipRequest {
  const to = field('To', header(response, 'to') ?? '')
  return derive(invite, 'ACK', to)
}

/** The CANCEL of an INVITE (RFC 3261 9.1). */
export function cancelOf(invite: SipRequest): SipRequest {
  return derive(invite, 'CANCEL', field('To', header(invite, 'to') ?? ''))
}

function derive(invite: SipRequest, method: string, to: Header): SipRequest {
  const number = parseInt(header(invite, 'cseq') ?? '', 10)
  const list = [
    field('Via', headers(invite, 'via')[0] ?? ''),
    field('Max-Forwards', 70),
    ...invite.headers.filter(({ id }) => id === 'from' || id === 'call-id' || id === 'route'),
    to,
    field('CSeq', `${number} ${method}`),
  ]
  return { kind: 'request', method, uri: invite.uri, headers: list, body: NO_BODY, charset: invite.charset }
}
