/** Waits until the check stops throwing; after the deadline its last error is thrown. */
export async function eventually(check: () => unknown, seconds = 10): Promise<void> {
  const deadline = performance.now() + seconds * 1000
  for (;;) {
    try {
      return void (await check())
    } catch (error) {
      if (performance.now() > deadline) throw error
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
  }
}
