import { listed } from '../wire/sip/list-headers.ts'
import { header, type Header, type SipRequest } from '../wire/sip/message.ts'
import { param } from '../wire/sip/params.ts'
import { field } from '../wire/sip/serialise.ts'
import type { UnderstoodRequest } from '../wire/sip/parse-headers.ts'

/** What a user agent can do, in the words of the header fields that say so. */
export interface Capabilities {
  readonly methods: readonly string[]
  /** Option tags of Supported. */
  readonly extensions: readonly string[]
  /** Media types of the bodies that are understood, in lower case. */
  readonly accept: readonly string[]
}

export interface RefusalParts {
  readonly status: number
  readonly headers: readonly Header[]
}

/** What a user agent of calls can do. */
export const callCapabilities: Capabilities = {
  methods: 'INVITE ACK CANCEL BYE OPTIONS PRACK UPDATE INFO NOTIFY'.split(' '),
  extensions: ['100rel', 'timer'],
  accept: ['application/sdp'],
}

/** Methods that are known to be methods: one that is known and not allowed gets 405, any other 501 (RFC 3261 21.4.6, 21.5.2). */
const known: ReadonlySet<string> = new Set(
  'ACK BYE CANCEL INFO INVITE MESSAGE NOTIFY OPTIONS PRACK PUBLISH REFER REGISTER SUBSCRIBE UPDATE'.split(' '),
)

/** Allow, Accept, Accept-Encoding, Accept-Language and Supported: what 200 to OPTIONS says (RFC 3261 11.2). */
export function capabilityHeaders(can: Capabilities): Header[] {
  return [allow(can), accept(can), field('Accept-Encoding', 'identity'), field('Accept-Language', '*'), supported(can)]
}

/** What each end of a dialog tells the other (RFC 3261 13.2.1, 13.3.1.4). */
export function dialogHeaders(can: Capabilities): Header[] {
  return [allow(can), supported(can)]
}

const allow = (can: Capabilities) => field('Allow', can.methods.join(', '))
const accept = (can: Capabilities) => field('Accept', can.accept.join(', '))
// An empty Supported says that no extension is (RFC 3261 20.37).
const supported = (can: Capabilities) => field('Supported', can.extensions.join(', '))

/**
 * Why a user agent server refuses a well-formed request outside of any dialog, by the order of RFC 3261 8.2; undefined: it may be
 * processed. A CANCEL gets here only if no transaction matches it (9.2).
 */
export function refusalOf(understood: UnderstoodRequest, can: Capabilities): RefusalParts | undefined {
  const { request, to } = understood
  if (request.method === 'CANCEL' || request.method === 'BYE') return { status: 481, headers: [] }
  const refusal = refusalOfHead(understood, can)
  if (refusal !== undefined) return refusal
  // A To tag names a dialog, and there is none (RFC 3261 12.2.2).
  if (param(to.params, 'tag') !== undefined) return { status: 481, headers: [] }
  return refusalOfBody(request, can)
}

/** The same within a dialog. Bodies of other methods than these carry what only their handlers know. */
export function refusalInDialog(understood: UnderstoodRequest, can: Capabilities): RefusalParts | undefined {
  const carriesSession = ['INVITE', 'UPDATE', 'PRACK'].includes(understood.request.method)
  return refusalOfHead(understood, can) ?? (carriesSession ? refusalOfBody(understood.request, can) : undefined)
}

function refusalOfHead({ request, uri }: UnderstoodRequest, can: Capabilities): RefusalParts | undefined {
  const { method } = request
  if (!can.methods.includes(method)) return { status: known.has(method) ? 405 : 501, headers: [allow(can)] }
  if (uri.scheme !== 'sip' && uri.scheme !== 'sips') return { status: 416, headers: [] }
  const missing = listed(request, 'require').filter((tag) => !can.extensions.includes(tag.toLowerCase()))
  return missing.length > 0 ? { status: 420, headers: [field('Unsupported', missing.join(', '))] } : undefined
}

/** RFC 3261 8.2.3, and 21.4.7 for an INVITE whose answer could be no media type that the caller accepts (RFC 4475 3.3.15). */
function refusalOfBody(request: SipRequest, can: Capabilities): RefusalParts | undefined {
  const encoding = header(request, 'content-encoding')
  if (encoding !== undefined && encoding.toLowerCase() !== 'identity') {
    return { status: 415, headers: [field('Accept-Encoding', 'identity')] }
  }
  const type = mediaType(header(request, 'content-type') ?? '')
  if (request.body.length > 0 && !can.accept.includes(type)) return { status: 415, headers: [accept(can)] }
  if (request.method === 'INVITE' && !accepts(request, 'application', 'sdp')) return { status: 406, headers: [] }
  return undefined
}

function mediaType(value: string): string {
  return (value.split(';', 1)[0] ?? '').replace(/\s/g, '').toLowerCase()
}

function accepts(request: SipRequest, type: string, subtype: string): boolean {
  if (header(request, 'accept') === undefined) return true
  const ranges = listed(request, 'accept').map(mediaType)
  return [`${type}/${subtype}`, `${type}/*`, '*/*'].some((range) => ranges.includes(range))
}
