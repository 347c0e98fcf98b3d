import { names } from '../../wire/sip/list-headers.ts'
import { header, type Header, type SipMessage } from '../../wire/sip/message.ts'
import { field } from '../../wire/sip/serialise.ts'

/** What both sides agreed on (RFC 4028). */
export interface SessionTerms {
  /** Seconds from one refresh to the end of a session that isn't refreshed. */
  readonly seconds: number
  readonly weRefresh: boolean
}

/** RFC 4028 4 and 5: nobody may ask for less. */
export const LEAST_SECONDS = 90
/** RFC 4028 4.2 recommends half an hour. */
export const USUAL_SECONDS = 1_800
/** A session that is refreshed once in a day is as good as one that isn't. */
const MOST_SECONDS = 86_400

const VALUE = /^(\d{1,9})[ \t]*(?:;.*)?$/
const REFRESHER = /;[ \t]*refresher[ \t]*=[ \t]*(uac|uas)\b/i

interface Asked {
  readonly seconds: number
  readonly refresher: 'uac' | 'uas' | undefined
}

/** Session-Expires as written; undefined: missing or not to be read, which is the same as missing. */
export function sessionExpires(message: SipMessage): Asked | undefined {
  const value = header(message, 'session-expires') ?? ''
  const seconds = VALUE.exec(value)?.[1]
  if (seconds === undefined) return undefined
  const refresher = REFRESHER.exec(value)?.[1]?.toLowerCase() as Asked['refresher']
  return { seconds: Number(seconds), refresher }
}

export type Negotiated =
  | { readonly kind: 'none' }
  | { readonly kind: 'tooShort'; readonly headers: readonly Header[] }
  | { readonly kind: 'terms'; readonly terms: SessionTerms; readonly headers: readonly Header[] }

/**
 * The answer of a UAS to what a request asks (RFC 4028 9). A caller that knows timers refreshes itself unless it asks otherwise; for one that
 * doesn't, a proxy may ask, and we refresh.
 */
export function answerSession(request: SipMessage): Negotiated {
  const asked = sessionExpires(request)
  const knows = names(request, 'supported', 'timer') || names(request, 'require', 'timer')
  if (asked !== undefined && asked.seconds < LEAST_SECONDS) {
    // A proxy's wish for a caller that doesn't know 422: lengthened instead (RFC 4028 9).
    if (knows) return { kind: 'tooShort', headers: [field('Min-SE', LEAST_SECONDS)] }
  }
  if (asked === undefined && !knows) return { kind: 'none' }
  const least = Math.max(LEAST_SECONDS, Number(VALUE.exec(header(request, 'min-se') ?? '')?.[1] ?? 0))
  const seconds = Math.min(MOST_SECONDS, Math.max(least, asked?.seconds ?? USUAL_SECONDS))
  const refresher = knows ? (asked?.refresher ?? 'uac') : 'uas'
  const terms = { seconds, weRefresh: refresher === 'uas' }
  const headers = [field('Session-Expires', `${seconds};refresher=${refresher}`)]
  return { kind: 'terms', terms, headers: refresher === 'uac' ? [field('Require', 'timer'), ...headers] : headers }
}

/** What the 2xx to a request of ours made of our wish (RFC 4028 7.2): without Session-Expires nobody has to refresh, so nobody expects it. */
export function agreedSession(response: SipMessage): SessionTerms | undefined {
  const said = sessionExpires(response)
  if (said === undefined) return undefined
  return { seconds: Math.min(MOST_SECONDS, Math.max(LEAST_SECONDS, said.seconds)), weRefresh: said.refresher !== 'uas' }
}

/** The header fields of a request of ours, as a wish or with the roles as they are (RFC 4028 7.1, 7.4). */
export function wishSession(terms?: SessionTerms, least = LEAST_SECONDS): Header[] {
  const seconds = Math.max(terms?.seconds ?? USUAL_SECONDS, least)
  const refresher = terms === undefined ? '' : terms.weRefresh ? ';refresher=uac' : ';refresher=uas'
  const wish = [field('Session-Expires', `${seconds}${refresher}`)]
  return least > LEAST_SECONDS ? [...wish, field('Min-SE', least)] : wish
}

/** Milliseconds until our refresh, or until we give the session up (RFC 4028 10). */
export function dueMs({ seconds, weRefresh }: SessionTerms): number {
  return 1_000 * (weRefresh ? seconds / 2 : seconds - Math.min(32, seconds / 3))
}
