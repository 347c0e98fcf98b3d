import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { madeAt, SLOTS, type Slot } from '../rules/root-turn.ts'
import { isFailure } from '../seal/failure.ts'
import { forget, readRoots, type Roots } from '../seal/roots.ts'
import type { Clock } from '../runtime/clock.ts'
import { codeOf, ownWords } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'

/** The root keys of mounted Secrets, read again when they change. */
export interface RootsFile {
  /** Why there are none. */
  readonly problem: string | undefined
  /** Work with the current keys, which stay until it has ended. Undefined: there are none. */
  use<T>(work: (roots: Roots) => Promise<T>): Promise<T | undefined>
  /** The Secret that had this generation last. Undefined: none had. */
  slotOf(generation: string): Slot | undefined
  /** The database has retired these: they are overwritten, wherever they still are mounted. */
  retire(generations: readonly string[]): void
  close(): void
}

export interface RootsOptions {
  readonly files: Readonly<Record<Slot, string>>
  /** So long after it was made a generation seals: by then the other pod has it too. Milliseconds. */
  readonly adoptAfterMs: number
  readonly clock: Clock
  readonly log: Log
}

const LOOK_EVERY_MS = 2_000

/** Root keys, which are overwritten when others have replaced them and nobody works with them any more. */
class Held {
  readonly roots: Roots
  private users = 0
  private isReplaced = false

  constructor(roots: Roots) {
    this.roots = roots
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

/** Files that are missing or broken change nothing: keys that were read stay in use until the database has retired them. */
export async function openRoots(o: RootsOptions): Promise<RootsFile> {
  const roots = new MountedRoots(o)
  await roots.begin()
  return roots
}

class MountedRoots implements RootsFile {
  private readonly o: RootsOptions
  private readonly slots = new Map<string, Slot>()
  private readonly retired = new Set<string>()
  /** Generations that the Secrets had when they were read last. */
  private mounted = new Set<string>()
  private held: Held | undefined
  private because: string | undefined = 'the root keys were not read yet'
  private isClosed = false
  private cancel = () => {}

  constructor(o: RootsOptions) {
    this.o = o
  }

  async begin(): Promise<void> {
    await this.look()
    if (!this.isClosed) this.cancel = this.o.clock.after(LOOK_EVERY_MS, () => void this.begin())
  }

  get problem(): string | undefined {
    return this.held === undefined ? this.because : undefined
  }

  use = async <T>(work: (roots: Roots) => Promise<T>): Promise<T | undefined> => this.held?.use(work)

  slotOf = (generation: string): Slot | undefined => this.slots.get(generation)

  retire(generations: readonly string[]): void {
    for (const each of generations) this.retired.add(each)
    this.take(new Map())
  }

  close(): void {
    this.isClosed = true
    this.cancel()
    this.held?.replaced()
    this.held = undefined
  }

  private async look(): Promise<void> {
    const read = new Map<string, Buffer>()
    let wrong: string | undefined
    for (const slot of SLOTS) {
      const found = await this.readSlot(slot)
      if (typeof found === 'string') wrong = found
      else for (const [generation, key] of found) read.set(generation, key)
    }
    if (this.isClosed) return
    // What a file has that can't be read now is not gone.
    this.mounted = new Set([...(wrong === undefined ? [] : this.mounted), ...read.keys()])
    this.take(read)
    if (read.size > 0 && wrong === undefined) this.because = undefined
    else this.broken(wrong ?? 'the file of root keys can not be read: mount the Secret')
  }

  /** Why a file can't be used; a Secret that is not there is none. */
  private async readSlot(slot: Slot): Promise<ReadonlyMap<string, Buffer> | string> {
    try {
      const octets = await readFile(this.o.files[slot])
      const roots = readRoots(octets.toString('latin1'))
      octets.fill(0)
      if (isFailure(roots)) return roots.because
      for (const generation of roots.keys.keys()) this.slots.set(generation, slot)
      return roots.keys
    } catch (error) {
      const code = (error as NodeJS.ErrnoException).code
      if (code === 'ENOENT') return new Map()
      this.o.log.debug({ code: codeOf(error) }, 'a file of root keys can not be read')
      return 'the file of root keys can not be read: mount the Secret'
    }
  }

  /** Holds what was read, and what was held before and is not retired. Keys are copied: each of `Held` overwrites its own. */
  private take(read: ReadonlyMap<string, Buffer>): void {
    const all = new Map([...(this.held?.roots.keys ?? []), ...read].filter(([each]) => !this.retired.has(each)))
    const current = this.currentOf([...all.keys()])
    // One that was taken away before it sealed will never seal.
    for (const each of all.keys())
      if (current !== undefined && each > current && !this.mounted.has(each)) all.delete(each)
    if (
      current !== undefined &&
      digestOf(current, all) !== (this.held && digestOf(this.held.roots.current, this.held.roots.keys))
    ) {
      const keys = new Map([...all].map(([generation, key]) => [generation, Buffer.from(key)]))
      this.held?.replaced()
      this.held = new Held({ current, keys })
      this.o.log.info({ generations: keys.size }, 'the root keys were read')
    }
    for (const key of read.values()) key.fill(0)
  }

  /** The youngest that is old enough; of those that are all too young, the oldest. One that is in no Secret any more only goes on. */
  private currentOf(generations: readonly string[]): string | undefined {
    const before = this.held?.roots.current
    const sorted = generations.filter((each) => each === before || this.mounted.has(each)).toSorted()
    const now = this.o.clock.wall()
    return sorted.findLast((each) => (madeAt(each) ?? -Infinity) + this.o.adoptAfterMs <= now) ?? sorted[0]
  }

  private broken(because: string): void {
    if (this.because !== because)
      this.o.log.error({ because: ownWords(because) }, 'the root keys can not be read; those of before stay in use')
    this.because = because
  }
}

function digestOf(current: string, keys: ReadonlyMap<string, Buffer>): string {
  const hash = createHash('sha256').update(current)
  for (const [generation, key] of [...keys].toSorted(([one], [other]) => (one < other ? -1 : 1)))
    hash.update(` ${generation} `).update(key)
  return hash.digest('hex')
}
