import { holderOf, mayHave, type NumberClaim, type Reservation } from '../../rules/number-claims.ts'
import type { BotFacts } from '../world/callbot.ts'

type Claimant = Pick<BotFacts, 'namespace' | 'name' | 'uid' | 'createdAt'> & { spec: Pick<BotFacts['spec'], 'numbers'> }

/**
 * Whose each number is, kept in step with the cache of Callbots. Any number of Callbots may claim the same number, so nothing that is decided for one
 * of them looks at the others.
 */
export interface NumberHolders {
  /** The claim that decides; undefined: nobody that may have the number claims it. */
  of(number: string): NumberClaim | undefined
  /** Call it when the cache has the change. @returns the numbers that are another Callbot's than before, or nobody's */
  botChanged(before: Claimant | undefined, after: Claimant | undefined): string[]
}

/** @param claimants all Callbots in the cache that claim a number; asked only when its holder lets go of it */
export function createNumberHolders(
  claimants: (number: string) => readonly Claimant[],
  reservations: readonly Reservation[],
): NumberHolders {
  const holders = new Map<string, NumberClaim>()

  const next = (number: string, before: Claimant | undefined, after: Claimant | undefined) => {
    const holder = holders.get(number)
    const isKept = after !== undefined && after.uid === before?.uid && after.spec.numbers.includes(number)
    if (holder !== undefined && holder.uid === before?.uid && !isKept)
      return holderOf(
        claimants(number).map((bot) => claimOf(number, bot)),
        reservations,
      )
    if (!after?.spec.numbers.includes(number) || !mayHave(after.namespace, number, reservations)) return holder
    return holderOf([...(holder === undefined ? [] : [holder]), claimOf(number, after)], reservations)
  }

  return {
    of: (number) => holders.get(number),
    botChanged(before, after) {
      const isSame = before?.uid === after?.uid && before?.spec.numbers === after?.spec.numbers
      const touched = isSame ? [] : new Set([...(before?.spec.numbers ?? []), ...(after?.spec.numbers ?? [])])
      return [...touched].filter((number) => {
        const [was, is] = [holders.get(number), next(number, before, after)]
        if (is === undefined) holders.delete(number)
        else holders.set(number, is)
        return was?.uid !== is?.uid
      })
    },
  }
}

const claimOf = (number: string, { namespace, name, uid, createdAt }: Claimant): NumberClaim => ({
  ...{ number, bot: `${namespace}/${name}`, uid, createdAt },
})
