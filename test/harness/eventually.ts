import { pause, untilNextLook } from '../../hack/cluster/shell.ts'
import { patience, patient } from './patience.ts'

/** On a machine that is shared, no wait ends sooner. Seconds. */
const SHORTEST_PATIENT = 30

/**
 * Waits until the check stops throwing, and gives what it gives; after the deadline its last error is thrown. Within `make test`, the
 * deadline is later: what comes late there is only late.
 */
export const eventually = <T>(check: () => T, seconds = 10): Promise<Awaited<T>> =>
  tryFor(check, patience > 1 ? Math.max(patient(seconds), SHORTEST_PATIENT) : seconds)

/** The same for what may rightly never come: on any machine, for so many seconds. */
export async function tryFor<T>(check: () => T, seconds: number): Promise<Awaited<T>> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    const asked = performance.now()
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await pause(untilNextLook(performance.now() - asked))
    }
  }
}
