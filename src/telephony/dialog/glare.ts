import { field } from '../../wire/sip/serialise.ts'
import type { Header } from '../../wire/sip/message.ts'

/** Which offers and INVITEs of a dialog wait for their end. */
export interface Pending {
  /** An INVITE of theirs has no final response of ours yet. */
  readonly theirInvite: boolean
  /** An INVITE of ours has no final response, or its ACK isn't sent. */
  readonly ourInvite: boolean
  /** An offer of theirs (INVITE, UPDATE) has no answer yet. */
  readonly theirOffer: boolean
  /** An offer of ours (INVITE, UPDATE, 2xx to an offerless INVITE) has no answer yet. */
  readonly ourOffer: boolean
}

export interface GlareRefusal {
  readonly status: 491 | 500
  readonly headers: readonly Header[]
}

/**
 * Whether a re-INVITE (RFC 3261 14.2) or an UPDATE with an offer (RFC 3311 5.2) has to wait: 491 for one that crosses ours, 500 for one that
 * comes before its forerunner is answered. Undefined: it may go on.
 * @param chance in [0, 1), for Retry-After from 0 to 10 s
 */
export function refuseGlare(pending: Pending, method: 'INVITE' | 'UPDATE', chance: number): GlareRefusal | undefined {
  const early = { status: 500 as const, headers: [field('Retry-After', Math.floor(chance * 11))] }
  if (method === 'INVITE' && pending.theirInvite) return early
  if (method === 'UPDATE' && pending.theirOffer) return early
  if (method === 'INVITE' ? pending.ourInvite || pending.ourOffer : pending.ourOffer)
    return { status: 491, headers: [] }
  // An offer of theirs by UPDATE that is being answered, and now one by INVITE.
  return pending.theirOffer ? early : undefined
}

/**
 * How long to wait after a 491 before trying again, milliseconds (RFC 3261 14.1).
 * @param ownsCallId whether we made the dialog's Call-ID, that is, placed the call
 * @param chance in [0, 1)
 */
export function waitAfterGlare(ownsCallId: boolean, chance: number): number {
  const [least, most] = ownsCallId ? [2_100, 4_000] : [0, 2_000]
  return Math.round((least + chance * (most - least)) / 10) * 10
}
