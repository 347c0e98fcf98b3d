/** Progress lines for people: what is being done, how long it took, and nothing about what was done already. */

const started = performance.now()
/** A step that took less is not worth a line: it found its work done. */
const worthTellingMs = 150

const stamp = () => `[${((performance.now() - started) / 1000).toFixed(1).padStart(6)} s]`

/** Prints one line with the time since the program began. */
export function say(line: string): void {
  console.error(`${stamp()} ${line}`)
}

/**
 * Runs one step. A quick one stays silent; a long one repeats its name with the time spent, so that nobody takes an
 * 8-minute build for a hang.
 */
export async function step<T>(title: string, work: () => Promise<T>): Promise<T> {
  const begun = performance.now()
  const seconds = () => ((performance.now() - begun) / 1000).toFixed(1)
  const first = setTimeout(() => say(`${title} ...`), worthTellingMs)
  const beat = setInterval(() => say(`${title} ... ${seconds()} s`), 20_000)
  try {
    const result = await work()
    if (performance.now() - begun > worthTellingMs) say(`${title}: done in ${seconds()} s`)
    return result
  } catch (error) {
    say(`${title}: FAILED after ${seconds()} s`)
    throw error
  } finally {
    clearTimeout(first)
    clearInterval(beat)
  }
}
