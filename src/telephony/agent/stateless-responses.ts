import type { Header, SipFault, SipRequest } from '../../wire/sip/message.ts'
import { field, serialise } from '../../wire/sip/serialise.ts'
import { understandRequest } from '../../wire/sip/parse-headers.ts'
import { respond, statelessTag } from '../respond.ts'
import { replyFlow } from '../transaction/response-flow.ts'
import type { Flow } from '../transport/flow.ts'
import type { Transports } from '../transport/transports.ts'

/**
 * Answers without keeping anything: the same request again gets the same answer, tag and all (RFC 3261 8.2.7). So strangers cost no memory, and
 * what is turned away is turned away at once.
 * @param secret at least 16 random octets, for To tags
 */
export function createStatelessAnswer(secret: Buffer, transports: () => Transports) {
  return (request: SipRequest, flow: Flow, o: { status: number; headers?: readonly Header[]; toTag?: string }) => {
    // An ACK is never answered (RFC 3261 17.1.1.3), nor is what can't be addressed.
    if (request.method === 'ACK' || !request.headers.some(({ id }) => id === 'via')) return
    const parts = { headers: [], toTag: statelessTag(secret, request), ...o }
    const understood = understandRequest(request)
    const way = 'kind' in understood ? flow : replyFlow(understood, flow, transports())
    way.send(serialise(respond(request, flow.peer, parts)))
  }
}

/** What a request that can't be read is answered with. */
export function refuseFault(fault: SipFault): { status: number; headers: Header[] } {
  // Tells a person at the other end what to fix; the texts are ours, nothing of the message is in them.
  return { status: fault.status, headers: [field('Warning', `399 callbot "${fault.because}"`)] }
}
