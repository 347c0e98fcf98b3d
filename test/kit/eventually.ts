/** Waits until the check stops throwing, and gives what it gives; after the deadline its last error is thrown. */
export async function eventually<T>(check: () => T, seconds = 10): Promise<Awaited<T>> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    try {
      return await check()
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
