const MOST_TRIES = 5

/** Asks again where a review says that the machine gave it no time. */
export async function reviewed<T extends { stderr: string }>(ask: () => Promise<T>): Promise<T> {
  for (let tries = 1; ; tries++) {
    const ran = await ask()
    if (tries === MOST_TRIES || !/take too long to be run here|was not reviewed in time/.test(ran.stderr)) return ran
  }
}
