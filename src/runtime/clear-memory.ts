import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import type { Clock } from './clock.ts'

/** V8 takes 50 to 150 ms for it: only while nobody is on the telephone. */
type Collect = () => void

/**
 * After the last call: at once, when timers of SIP transactions (RFC 3261 17: 32 s) have let go of its messages, and once more: what the stack still
 * points to at the time of one collection outlasts it.
 */
const AFTER_MS = [1_000, 10_000, 40_000, 55_000]

/**
 * Overwrites what the program has no use for any more, in the heap of this thread: freed memory is cleared by V8 (`--clear-free-memory`) and
 * glibc (`glibc.malloc.perturb`), but only once it is collected, and an idle program collects nothing.
 * @param overwrite does so with what is never freed. It doesn't reject.
 */
export function createMemoryCollector(overwrite: () => Promise<void>): Collect {
  // Small buffers would share 64 KiB, which stay as long as one of them is in use.
  Buffer.poolSize = 0
  // Setting a flag while it runs would cost the program its compile cache: the image starts it with this one.
  const gc = (globalThis.gc ?? exposedGc()) as (how: object) => void
  // Of all, what V8 does before it gives up for want of memory: caches and handles of the engine go too.
  const collect = () => gc({ type: 'major', execution: 'sync', flavor: 'last-resort' })
  return () => {
    // The subject of the last match is kept for RegExp.lastMatch.
    ;/^/.exec('')
    // The second finishes what the first has begun: buffers are freed when their owners are swept.
    collect()
    collect()
    overwriteStack(4_000)
    void overwrite()
  }
}

function exposedGc(): unknown {
  setFlagsFromString('--expose-gc')
  return runInNewContext('gc')
}

/** TLS decrypts into buffers on the stack: what lies below the frames in use is written over, half a megabyte of it. */
const overwriteStack = (depth: number): number => (depth === 0 ? 0 : 1 + overwriteStack(depth - 1))

/** Clears memory after calls. `ended` says that a call has ended. */
export function createMemoryClearing(o: { clock: Clock; isIdle: () => boolean; collect: Collect }): {
  ended: () => void
  close: () => void
} {
  let cancels: (() => void)[] = []
  const close = () => {
    for (const cancel of cancels) cancel()
    cancels = []
  }
  const collect = () => {
    if (o.isIdle()) o.collect()
  }
  return {
    close,
    ended() {
      close()
      cancels = AFTER_MS.map((ms) => o.clock.after(ms, collect))
    },
  }
}
