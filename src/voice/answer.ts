import type { Answer } from '../telephony/sipsConnection.ts'
import { respond, statelessTag, type ResponseParts } from '../telephony/respond.ts'
import { capabilityHeaders, refusalOf, type Capabilities } from '../telephony/uas.ts'
import type { SipFault, SipRequest } from '../wire/sip/message.ts'
import { field } from '../wire/sip/serialise.ts'
import { understandRequest } from '../wire/sip/understand.ts'

/** What a pod can do so far: tell that it is there. */
export const capabilities: Capabilities = { methods: ['OPTIONS'], extensions: [], accept: ['application/sdp'] }

/** Seconds after which it is worth asking a draining pod's address again: by then another pod answers there, or none. */
const RETRY_AFTER_SECONDS = 10

/**
 * The pod's answers to requests outside of a dialog, without state: the transport is reliable, so none comes twice (RFC 3261 8.2.7).
 * @param secret at least 16 random octets, for To tags
 */
export function createAnswer(o: { secret: Buffer; can: Capabilities; isDraining: () => boolean }): Answer {
  return (received, source) => {
    const request = received.kind === 'fault' ? received.request : received
    // An ACK is never answered (RFC 3261 17.1.1.3), nor is what can't be addressed.
    if (request === undefined || request.method === 'ACK') return undefined
    if (!request.headers.some(({ id }) => id === 'via')) return undefined
    const parts = received.kind === 'fault' ? refuseFault(received) : decide(request, o.can, o.isDraining())
    return respond(request, source, { ...parts, toTag: statelessTag(o.secret, request) })
  }
}

type Parts = Omit<ResponseParts, 'toTag'>

function refuseFault(fault: SipFault): Parts {
  // Tells a person at the other end what to mend; the texts are ours, nothing of the message is in them.
  return { status: fault.status, headers: [field('Warning', `399 callbot "${fault.because}"`)] }
}

function decide(request: SipRequest, can: Capabilities, isDraining: boolean): Parts {
  const understood = understandRequest(request)
  if ('kind' in understood) return refuseFault(understood)
  const refusal = refusalOf(understood, can)
  if (refusal !== undefined) return refusal
  if (request.method !== 'OPTIONS') return { status: 500 }
  if (isDraining) return { status: 503, headers: [field('Retry-After', RETRY_AFTER_SECONDS)] }
  return { status: 200, headers: capabilityHeaders(can) }
}
