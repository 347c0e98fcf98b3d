import { metaTime } from './meta-time.ts'

type Status = 'True' | 'False' | 'Unknown'

/** What was found about one type of condition. */
export interface Finding {
  type: string
  status: Status
  reason: string
  message: string
}

/** A metav1.Condition. */
export interface Condition extends Finding {
  observedGeneration?: number | undefined
  lastTransitionTime: string
}

/** kstatus: these two say that something is out of the ordinary, so their absence is the good news. */
const ONLY_WHEN_TRUE = new Set(['Reconciling', 'Stalled'])
/** The summary comes first, then what explains it. */
const FIRST = ['Ready', 'Succeeded', 'Reconciling', 'Stalled']

type Merged = Condition & { observedGeneration: number }

/**
 * The conditions to write: each finding once, in an order that doesn't change from one time to the next.
 * `lastTransitionTime` moves only when the status does (Kubernetes API conventions, "Typical status properties"), so a
 * finding that repeats gives the same text and no write. `now` in epoch milliseconds.
 */
export function mergeConditions(
  before: readonly Condition[],
  findings: readonly Finding[],
  at: { generation: number; now: number },
): Merged[] {
  const known = new Map(before.map((condition) => [condition.type, condition]))
  return findings
    .filter(({ type, status }) => status === 'True' || !ONLY_WHEN_TRUE.has(type))
    .map(({ type, status, reason, message }) => {
      const earlier = known.get(type)
      const since = earlier?.status === status ? earlier.lastTransitionTime : metaTime(at.now)
      return { type, status, observedGeneration: at.generation, lastTransitionTime: since, reason, message }
    })
    .sort((a, b) => rank(a.type) - rank(b.type))
}

function rank(type: string): number {
  const place = FIRST.indexOf(type)
  return place === -1 ? FIRST.length : place
}
