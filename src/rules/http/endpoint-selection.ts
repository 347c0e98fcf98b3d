/** Which endpoint of a web service is asked, and when one counts as down. */
import type { PartState } from '../part-state.ts'
import type { Http, Operation } from './request.ts'

/** What probes say. */
export interface Health {
  readonly state: PartState
  /** Probes in a row that said something else than `state`. */
  readonly against: number
}

export const UNPROBED: Health = { state: 'Unknown', against: 0 }

/** After one more probe. The first that is answered is believed: there is nothing to weigh it against. */
export function probed(before: Health, isAlive: boolean, rule: Pick<Http['probe'], 'downAfter' | 'upAfter'>): Health {
  const said = isAlive ? 'Up' : 'Down'
  if (before.state === said) return { state: said, against: 0 }
  if (before.state === 'Unknown' && isAlive) return { state: 'Up', against: 0 }
  const against = before.against + 1
  const isEnough = against >= (isAlive ? rule.upAfter : rule.downAfter)
  return isEnough ? { state: said, against: 0 } : { state: before.state, against }
}

/** Closed: it is asked. Trial: it was broken and may be tried. Open: it is left alone. */
export type CircuitState = 'Closed' | 'Trial' | 'Open'

export interface Standing {
  readonly role: 'Primary' | 'Backup'
  readonly isDown: boolean
  readonly circuit: CircuitState
}

/**
 * The endpoints that are asked, one after the other: the primary first, then backups as they are listed, and those last that are likely to
 * fail. One that probes call down is still asked when nobody else is left: the probe may be what is wrong. One that is left alone is not.
 * An operation that can't be asked twice is no trial: the caller would pay for it.
 */
export function orderOf<E extends Standing>(endpoints: readonly E[], idempotency: Operation['idempotency']): E[] {
  const rank = ({ role, isDown, circuit }: E) => {
    const isRisky = circuit === 'Trial' && idempotency === 'NotIdempotent'
    return (isDown ? 4 : 0) + (isRisky ? 2 : 0) + (role === 'Primary' ? 0 : 1)
  }
  return endpoints.filter(({ circuit }) => circuit !== 'Open').sort((one, other) => rank(one) - rank(other))
}

/** Whether the operation may be asked for once more after a try without a usable answer. */
export const mayAskAgain = (idempotency: Operation['idempotency'], mayBeReceived: boolean) =>
  idempotency !== 'NotIdempotent' || !mayBeReceived
