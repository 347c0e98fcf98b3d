/** One bot's claim on one phone number. */
export interface NumberClaim {
  number: string
  /** `namespace/name` of the bot. */
  bot: string
  uid: string
  /** Epoch milliseconds. */
  createdAt: number
}

/**
 * The bot that a number belongs to: the one created first, and between two of the same second the one with the smaller
 * uid, so that every replica of the operator gives the same answer.
 */
export function holderOf(claims: readonly NumberClaim[]): NumberClaim | undefined {
  return claims.reduce<NumberClaim | undefined>(
    (first, claim) => (first === undefined || comesBefore(claim, first) ? claim : first),
    undefined,
  )
}

const comesBefore = (a: NumberClaim, b: NumberClaim) =>
  a.createdAt !== b.createdAt ? a.createdAt < b.createdAt : a.uid < b.uid
