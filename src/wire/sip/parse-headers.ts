import { parseAddress, type Address } from './address.ts'
import { parseCSeq, type CSeq } from './cseq.ts'
import { splitList } from './grammar.ts'
import { header, type SipFault, type SipMessage, type SipRequest, type SipResponse } from './message.ts'
import { singularBit } from './header-names.ts'
import { parseUri, isSipUri, type OtherUri, type SipUri } from './uri.ts'
import { parseVia, type Via } from './via.ts'

interface Common {
  /** At least one; the first is the nearest hop. */
  readonly vias: readonly [Via, ...Via[]]
  readonly from: Address
  readonly to: Address
  readonly callId: string
  readonly cseq: CSeq
  /** Undefined for `Contact: *` as for a message without Contact. */
  readonly contacts: readonly Address[]
}

export interface UnderstoodRequest extends Common {
  readonly request: SipRequest
  readonly uri: SipUri | OtherUri
}

export interface UnderstoodResponse extends Common {
  readonly response: SipResponse
}

/**
 * Reads the values that every request carries (RFC 3261 8.1.1), and checks those that have to be well formed in any request.
 * Max-Forwards may be missing, as it is from peers of RFC 2543 (RFC 4475 3.4.1); a Date that can't be read is left alone
 * (RFC 4475 3.1.2.12), as are all fields that are not used here.
 */
export function understandRequest(request: SipRequest): UnderstoodRequest | SipFault {
  const common = readCommon(request)
  const fault = (because: string): SipFault => ({ kind: 'fault', status: 400, because, request })
  if (typeof common === 'string') return fault(common)
  if (common.cseq.method !== request.method) return fault('CSeq names another method than the request line')
  const uri = parseUri(request.uri)
  if (uri === undefined) return fault('the Request-URI is malformed')
  // RFC 3261 19.1.1, table 1: no header fields in a Request-URI.
  if (isSipUri(uri) && uri.headers.length > 0) return fault('the Request-URI holds header fields')
  const hops = header(request, 'max-forwards')
  if (hops !== undefined && !(/^\d+$/.test(hops) && Number(hops) <= 255)) {
    return fault('Max-Forwards is not a number from 0 to 255')
  }
  return { request, uri, ...common }
}

/**
 * The same for a response. A fault means: discard it. So with more than one Via, which is for a proxy, and we are none
 * (RFC 3261 8.1.3.3; RFC 4475 3.3.10).
 */
export function understandResponse(response: SipResponse): UnderstoodResponse | SipFault {
  const common = readCommon(response)
  const because = typeof common === 'string' ? common : 'there is more than one Via'
  if (typeof common === 'string' || common.vias.length > 1) return { kind: 'fault', status: 400, because }
  return { response, ...common }
}

/** The values, or what is wrong with them. */
function readCommon(message: SipMessage): Common | string {
  const twice = repeated(message)
  if (twice !== undefined) return `${twice} stands more than once`
  const vias = readList(message, 'via', parseVia)
  if (vias === undefined) return 'via is malformed'
  if (!isNonEmpty(vias)) return 'via is missing'
  const callId = header(message, 'call-id')
  if (callId === undefined || callId === '' || /\s/.test(callId)) return 'call-id is missing or malformed'
  const from = parseAddress(header(message, 'from') ?? '')
  if (from === undefined) return 'from is missing or malformed'
  const to = parseAddress(header(message, 'to') ?? '')
  if (to === undefined) return 'to is missing or malformed'
  const cseq = parseCSeq(header(message, 'cseq') ?? '')
  if (cseq === undefined) return 'cseq is missing, malformed or not below 2^31'
  const contacts = header(message, 'contact') === '*' ? [] : readList(message, 'contact', parseAddress)
  if (contacts === undefined) return 'contact is malformed'
  for (const id of ['route', 'record-route']) {
    if (readList(message, id, parseAddress) === undefined) return `${id} is malformed`
  }
  return { vias, from, to, callId, cseq, contacts }
}

function isNonEmpty<T>(list: readonly T[]): list is readonly [T, ...T[]] {
  return list.length > 0
}

function repeated(message: SipMessage): string | undefined {
  let seen = 0
  for (const { id } of message.headers) {
    const bit = singularBit(id)
    if ((seen & bit) !== 0) return id
    seen |= bit
  }
  return undefined
}

/** All values of a header field that is a list (RFC 3261 7.3.1). Undefined: one of them is malformed. */
function readList<T>(message: SipMessage, id: string, read: (text: string) => T | undefined): T[] | undefined {
  const values: T[] = []
  for (const field of message.headers) {
    if (field.id !== id) continue
    const items = splitList(field.value)
    if (items === undefined) return undefined
    for (const item of items) {
      const value = read(item)
      if (value === undefined) return undefined
      values.push(value)
    }
  }
  return values
}
