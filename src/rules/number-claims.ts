/** One bot's claim on one phone number. */
export interface NumberClaim {
  number: string
  /** `namespace/name` of the bot. */
  bot: string
  uid: string
  /** Epoch milliseconds. */
  createdAt: number
}

/** Numbers that an administrator keeps for some namespaces. */
export interface Reservation {
  /** How the numbers begin, in E.164, such as +331990. */
  readonly prefix: string
  readonly namespaces: readonly string[]
}

/** Whether bots of a namespace may have a number: the longest prefix that fits decides, and without one everybody may. */
export function mayHave(namespace: string, number: string, reservations: readonly Reservation[]): boolean {
  const fitting = reservations.filter(({ prefix }) => number.startsWith(prefix))
  const longest = Math.max(...fitting.map(({ prefix }) => prefix.length))
  return fitting
    .filter(({ prefix }) => prefix.length === longest)
    .every(({ namespaces }) => namespaces.includes(namespace))
}

/** The namespace of the bot. */
export const namespaceOf = ({ bot }: NumberClaim): string => bot.slice(0, bot.indexOf('/'))

/**
 * The bot that a number belongs to, of those that may have it: the one created first, and between two of the same second the one with the smaller
 * uid, so that every replica of the operator gives the same answer.
 */
export function holderOf(
  claims: readonly NumberClaim[],
  reservations: readonly Reservation[],
): NumberClaim | undefined {
  return claims
    .filter((claim) => mayHave(namespaceOf(claim), claim.number, reservations))
    .reduce<NumberClaim | undefined>(
      (first, claim) => (first === undefined || comesBefore(claim, first) ? claim : first),
      undefined,
    )
}

/** Whose a number is, as far as one bot is concerned. Reserved: for other namespaces. Taken: an older bot has it. */
export type NumberVerdict =
  | { number: string; state: 'Own' }
  | { number: string; state: 'Reserved' }
  | { number: string; state: 'Taken'; by: NumberClaim }

/** @param bot uid undefined: it is being created. @param claims those of all bots on this number */
export function verdictOnNumber(
  number: string,
  bot: { namespace: string; uid: string | undefined },
  claims: readonly NumberClaim[],
  reservations: readonly Reservation[],
): NumberVerdict {
  if (!mayHave(bot.namespace, number, reservations)) return { number, state: 'Reserved' }
  const by = holderOf(claims, reservations)
  return by === undefined || by.uid === bot.uid ? { number, state: 'Own' } : { number, state: 'Taken', by }
}

const comesBefore = (a: NumberClaim, b: NumberClaim) =>
  a.createdAt !== b.createdAt ? a.createdAt < b.createdAt : a.uid < b.uid
