import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { isFailure } from '../seal/failure.ts'
import { forget, readRoots, type Roots } from '../seal/roots.ts'
import type { Clock } from '../runtime/clock.ts'
import { codeOf, ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'

/** The root keys of a mounted Secret, read again when they change. */
export interface RootsFile {
  /** Why there are none. */
  readonly problem: string | undefined
  /** Work with the current keys, which stay until it has ended. Undefined: there are none. */
  use<T>(work: (roots: Roots) => Promise<T>): Promise<T | undefined>
  close(): void
}

const LOOK_EVERY_MS = 2_000

/** Root keys, which are overwritten when others have replaced them and nobody works with them any more. */
class Held {
  readonly roots: Roots
  readonly digest: string
  private users = 0
  private isReplaced = false

  constructor(roots: Roots, digest: string) {
    this.roots = roots
    this.digest = digest
  }

  async use<T>(work: (roots: Roots) => Promise<T>): Promise<T> {
    this.users++
    try {
      return await work(this.roots)
    } finally {
      this.users--
      this.letGo()
    }
  }

  replaced(): void {
    this.isReplaced = true
    this.letGo()
  }

  private letGo(): void {
    if (this.isReplaced && this.users === 0) forget(this.roots)
  }
}

/** A file that is missing or broken changes nothing: the keys that were read last stay in use. */
export async function openRoots(o: { file: string; clock: Clock; log: Log }): Promise<RootsFile> {
  const { file, clock, log } = o
  let held: Held | undefined
  let problem: string | undefined = 'the root keys were not read yet'
  let isClosed = false

  function broken(because: string, code?: ReturnType<typeof codeOf>): void {
    if (problem !== because)
      log.error({ because: ownWords(because), code }, 'the root keys can not be read; those of before stay in use')
    problem = because
  }
  async function look(): Promise<void> {
    const octets = await readFile(file).catch((error: unknown) =>
      broken('the file of root keys can not be read: mount the Secret', codeOf(error)),
    )
    if (octets === undefined || isClosed) return
    const digest = createHash('sha256').update(octets).digest('hex')
    const roots = held?.digest === digest ? held.roots : readRoots(octets.toString('latin1'))
    octets.fill(0)
    if (isFailure(roots)) return broken(roots.because)
    problem = undefined
    if (held?.roots === roots) return
    held?.replaced()
    held = new Held(roots, digest)
    log.info({ generations: roots.keys.size }, 'the root keys were read')
  }
  let cancel = () => {}
  const again = () => !isClosed && (cancel = clock.after(LOOK_EVERY_MS, () => void look().finally(again)))
  await look()
  again()
  return {
    get problem() {
      return held === undefined ? problem : undefined
    },
    use: async (work) => held?.use(work),
    close() {
      isClosed = true
      cancel()
      held?.replaced()
      held = undefined
    },
  }
}
