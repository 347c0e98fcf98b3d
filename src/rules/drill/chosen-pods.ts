/** Which pods take part in a drill of a web service: each is asked twice a second, and one shows what its neighbours would. */

/** What is known of a pod. */
interface Candidate {
  readonly uid: string
  readonly bot: string
  readonly zone: string
}

/** Of each bot in each zone. */
const OF_A_BOT = 2
/** Of an Integration that very many bots use. */
export const MOST_PODS = 60

/** At most two of each bot in each zone; those that take part already before others. @param known their UIDs */
export function choosePods<P extends Candidate>(pods: readonly P[], known: ReadonlySet<string>): P[] {
  const rank = ({ uid }: P) => (known.has(uid) ? 0 : 1)
  const inOrder = pods.toSorted((one, other) => rank(one) - rank(other) || (one.uid < other.uid ? -1 : 1))
  const chosen: P[][] = [[], []]
  const counts = new Map<string, number>()
  for (const pod of inOrder) {
    const group = `${pod.zone} ${pod.bot}`
    const count = counts.get(group) ?? 0
    if (count < OF_A_BOT) chosen[count]!.push(pod)
    counts.set(group, count + 1)
  }
  return chosen.flat().slice(0, MOST_PODS)
}
