import { renewalTime } from './certificate-renewal.ts'

/** One certificate of the operator's CA; times in epoch milliseconds. */
export interface AuthorityCertificate {
  serial: string
  notBefore: number
  notAfter: number
}

/** Who signs now, who will, and who did. All of them are trusted. */
export interface AuthorityState<C extends AuthorityCertificate = AuthorityCertificate> {
  current?: C | undefined
  next?: C | undefined
  previous?: C | undefined
}

export interface AuthorityTiming {
  /** When a successor is due, as a share (0 to 1) of the lifetime. */
  renewAtFraction: number
  /** Milliseconds that everyone has to learn to trust the successor before it signs. */
  overlap: number
}

/**
 * The usual timing: a day for everyone to learn; less when the CA lives for days only, or when its successor comes so
 * late that the leaves would expire meanwhile (no leaf outlives its CA).
 */
export function authorityTiming(lifetimeSeconds: number, renewAtFraction: number): AuthorityTiming {
  const lifetime = lifetimeSeconds * 1000
  return { renewAtFraction, overlap: Math.min(DAY, lifetime / 20, (lifetime * (1 - renewAtFraction)) / 3) }
}

const DAY = 86_400_000

export type AuthorityAction = 'create' | 'announce' | 'promote' | 'drop'

export interface AuthorityPlan {
  action: AuthorityAction | undefined
  because: string
  /** Epoch milliseconds at which the next action is due; undefined while one is due now. */
  nextAt: number | undefined
}

/**
 * A CA is replaced in three moves, so that no peer ever meets a certificate that it doesn't trust: the successor is
 * announced and trusted by all, then it signs, then its predecessor is forgotten when its own time is over.
 */
export function planAuthority(state: AuthorityState, timing: AuthorityTiming, now: number): AuthorityPlan {
  const { current, next, previous } = state
  const due = (action: AuthorityAction, because: string): AuthorityPlan => ({ action, because, nextAt: undefined })
  if (current === undefined) return due('create', 'there is no CA yet')
  if (current.notAfter <= now && next === undefined) return due('create', 'the CA has expired')
  if (next !== undefined && (now >= next.notBefore + timing.overlap || current.notAfter <= now)) {
    return due('promote', 'all components trust the successor by now')
  }
  if (next === undefined && now >= renewalTime(current, timing.renewAtFraction)) {
    return due('announce', 'the CA expires soon')
  }
  if (previous !== undefined && previous.notAfter <= now) return due('drop', 'the predecessor has expired')
  const moments = [
    next === undefined ? renewalTime(current, timing.renewAtFraction) : next.notBefore + timing.overlap,
    previous?.notAfter ?? Infinity,
  ]
  return { action: undefined, because: 'the CA is valid', nextAt: Math.min(...moments) }
}

/** The state after an action; `fresh` is the certificate that `create` and `announce` bring. */
export function afterAction<C extends AuthorityCertificate>(
  state: AuthorityState<C>,
  action: AuthorityAction,
  fresh: C,
): AuthorityState<C> {
  switch (action) {
    case 'create':
      return { current: fresh }
    case 'announce':
      return { ...state, next: fresh }
    case 'promote':
      return { current: state.next, previous: state.current }
    case 'drop':
      return { current: state.current, next: state.next }
  }
}
