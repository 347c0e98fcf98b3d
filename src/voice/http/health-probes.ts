import type { Clock } from '../../runtime/clock.ts'
import type { Http } from '../../rules/http/request.ts'

export interface HealthProbes {
  /** Something looks wrong: the next probe shall not wait for its time. */
  probeSoon(): void
  stop(): void
}

/** What is not certain is asked again that soon, and no sooner however many calls fail. */
const SOON_MS = 1_000

/**
 * Probes in turn, from a random moment on, so that pods don't probe in step.
 * @param o.probe never rejects; whether the next shall come soon
 */
export function startProbing(o: {
  rule: Http['probe']
  probe: () => Promise<boolean>
  clock: Clock
  random: () => number
}): HealthProbes {
  const { clock } = o
  const everyMs = o.rule.intervalSeconds * 1_000
  const soonMs = Math.min(everyMs, SOON_MS)
  let isStopped = false
  let isAsking = false
  let isUrgent = false
  let askedAt = clock.monotonic()
  let cancel = clock.after(o.random() * soonMs, () => void ask())

  async function ask(): Promise<void> {
    isAsking = true
    isUrgent = false
    askedAt = clock.monotonic()
    const isSoon = await o.probe()
    isAsking = false
    if (isStopped) return
    const spentMs = clock.monotonic() - askedAt
    cancel = clock.after(Math.max(0, (isSoon || isUrgent ? soonMs : everyMs) - spentMs), () => void ask())
  }

  return {
    probeSoon() {
      isUrgent = true
      if (isAsking || isStopped) return
      cancel()
      cancel = clock.after(Math.max(0, soonMs - (clock.monotonic() - askedAt)), () => void ask())
    },
    stop() {
      isStopped = true
      cancel()
    },
  }
}
