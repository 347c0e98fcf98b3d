/** What the INVITE to a person says of the caller, as the integration wants it told. Pure. */
import type { BotIntegration } from '../../api/bot-configuration.ts'
import type { MediaPolicy } from '../../wire/sdp/policy.ts'
import { header, type Header } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import { isSipUri } from '../../wire/sip/uri.ts'
import { WITHHELD } from '../../wire/sip/withheld.ts'

/** What a pod knows of an integration's trunks. */
export type Trunks = NonNullable<BotIntegration['sip']>

/** How the voice is offered; the edge picks trunks that take it. */
export type Protection = 'Secure' | 'Plain'

/** Secure before Plain, and only what some trunk asks for: never less than that. */
export function protections({ media }: Pick<Trunks, 'media'>): Protection[] {
  const secure = media.some((mode) => mode !== 'Disabled')
  const plain = media.some((mode) => mode !== 'Required')
  return [...(secure ? (['Secure'] as const) : []), ...(plain ? (['Plain'] as const) : [])]
}

export const srtpOf = (protection: Protection): MediaPolicy['srtp'] =>
  protection === 'Secure' ? 'Required' : 'Disabled'

/** What an edge calls by the trunks of an integration. */
export const trunksUri = (number: string, o: { integration: string; namespace: string }) =>
  `sip:${number}@${o.integration}.${o.namespace}.trunks`

/** How the voice is offered, which stays between pod and edge, and who we are. */
export const wordsForEdge = ({ userAgent }: Pick<Trunks, 'userAgent'>, protection: Protection): Header[] => [
  field('User-Agent', userAgent ?? 'callbot'),
  field('X-Callbot-Media', protection),
]

/** How long it may ring (RFC 3261 section 13.2.1): an edge that has two trunks to ask shares it out, and keeps it to itself. */
export const ringsFor = (milliseconds: number): Header =>
  field('Expires', String(Math.max(1, Math.round(milliseconds / 1_000))))

/** Who the person called sees. `headers` go with it. */
export interface Caller {
  readonly from: string
  readonly headers: readonly Header[]
}

/** A caller without a number (RFC 3323). */
export const withheld: Caller = {
  from: WITHHELD,
  headers: [field('Privacy', 'id')],
}

/** Who withheld the number towards us stays unknown to others too (RFC 3323). */
export function callerFor(incoming: UnderstoodRequest, { callerNumber }: Pick<Trunks, 'callerNumber'>): Caller {
  const { to, uri } = incoming
  if (callerNumber === 'Bot' && isSipUri(uri) && isSipUri(to.uri) && uri.user !== undefined) {
    return { from: `<sip:${uri.user}@${to.uri.host}>`, headers: [] }
  }
  const shown = callerNumber === 'Caller' ? shownCaller(incoming) : undefined
  return shown === undefined ? withheld : { from: `<sip:${shown.user}@${shown.host}>`, headers: [] }
}

/** The number that the caller shows; undefined: it is withheld (RFC 3323), or there is none. */
export function shownCaller({ from, request }: UnderstoodRequest): { user: string; host: string } | undefined {
  const privacy = header(request, 'privacy')?.toLowerCase() ?? 'none'
  if (!isSipUri(from.uri) || from.uri.user === undefined) return undefined
  const { user, host } = from.uri
  return privacy !== 'none' || host === 'anonymous.invalid' ? undefined : { user, host }
}

/** The To of the call: the number as the caller's own side writes numbers. Names that only edges and pods know stay with them. */
export function calleeFor({ to }: UnderstoodRequest, number: string): string {
  return `<sip:${number}@${isSipUri(to.uri) ? to.uri.host : 'anonymous.invalid'}>`
}

/** Octets are not to be told from characters here: a longer text is cut, which is better than an INVITE that nobody takes. */
const LONGEST_VALUE = 400

/** The collected values that the integration has a header for. */
export function handOverHeaders(
  collected: Readonly<Record<string, string>>,
  { handOver }: Pick<Trunks, 'handOver'>,
): Header[] {
  return handOver.flatMap(({ field: name, header: to }) => {
    // What a caller said may hold anything; a line break would be a header field of its own.
    const value = collected[name]?.replace(/[\p{Cc}\p{Zl}\p{Zp}]+/gu, ' ').trim()
    return value === undefined || value === '' ? [] : [field(to, value.slice(0, LONGEST_VALUE))]
  })
}
