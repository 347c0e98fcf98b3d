import { header, headers } from '../../wire/sip/message.ts'
import { param } from '../../wire/sip/params.ts'
import type { UnderstoodRequest, UnderstoodResponse } from '../../wire/sip/parse-headers.ts'
import { magicCookie } from '../../wire/sip/via.ts'

/**
 * What two requests of one server transaction have in common (RFC 3261 17.2.3). An ACK and a CANCEL have the key of their INVITE if
 * `method` says so.
 */
export function serverKey(understood: UnderstoodRequest, method = transactionMethod(understood)): string {
  const { vias, callId, from, cseq, request } = understood
  const branch = param(vias[0].params, 'branch') ?? ''
  // A branch of nothing but the cookie identifies nothing (RFC 4475 3.2.1).
  if (branch.startsWith(magicCookie) && branch.length > magicCookie.length) {
    return `${branch} ${vias[0].host.toLowerCase()} ${vias[0].port ?? ''} ${method}`
  }
  // From an element of RFC 2543. To is left out, for that of an ACK has our tag.
  const via = headers(request, 'via')[0] ?? ''
  return ['2543', request.uri, param(from.params, 'tag') ?? '', callId, cseq.number, via, method].join(' ')
}

function transactionMethod({ request }: UnderstoodRequest): string {
  return request.method === 'ACK' ? 'INVITE' : request.method
}

/** RFC 3261 17.1.3: our branches are not to be guessed, so they and the method are enough. */
export function clientKey(understood: UnderstoodResponse): string {
  return `${param(understood.vias[0].params, 'branch') ?? ''} ${understood.cseq.method}`
}

/** What a request has in common with itself on another path (RFC 3261 8.2.2.2). */
export function mergeKey(understood: UnderstoodRequest): string {
  const { callId, from, cseq } = understood
  return `${callId} ${param(from.params, 'tag') ?? header(understood.request, 'from')} ${cseq.number} ${cseq.method}`
}
