import { pause, untilNextLook } from '../../hack/cluster/shell.ts'

/** Waits until the check stops throwing, and gives what it gives; after the deadline its last error is thrown. */
export async function eventually<T>(check: () => T, seconds = 10): Promise<Awaited<T>> {
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
