import { setTimeout as pause } from 'node:timers/promises'

/**
 * The longest time for which some work held this thread's event loop, in milliseconds of processor time: what others do with the
 * machine meanwhile doesn't count.
 */
export async function longestBlock(work: () => Promise<unknown>): Promise<number> {
  let longest = 0
  let last = spent()
  const look = () => {
    const now = spent()
    longest = Math.max(longest, now - last)
    last = now
  }
  const timer = setInterval(look, 1)
  await work()
  await pause(5)
  clearInterval(timer)
  look()
  return longest
}

/** The same, of work that can be repeated: the least of up to three runs, for a collection of the test's own garbage may fall into one. */
export async function longestBlockOf(work: () => Promise<unknown>, limit: number): Promise<number> {
  let least = Infinity
  for (let run = 0; run < 3 && least >= limit; run++) least = Math.min(least, await longestBlock(work))
  return least
}

/** Processor time of a synchronous piece of work, in milliseconds: the least of some runs, so that no compiler is measured. */
export function costOf(work: () => unknown, runs = 5): number {
  const costs = Array.from({ length: runs }, () => {
    const before = spent()
    work()
    return spent() - before
  })
  return Math.min(...costs)
}

/** The same, of work that is nearly always below its bound: it runs again only while it is a little above. */
export function costBeside(limit: number, work: () => unknown): number {
  let least = costOf(work, 1)
  for (let run = 1; run < 12 && least >= limit && least < 10 * limit; run++) least = Math.min(least, costOf(work, 1))
  return least
}

const spent = () => {
  const { user, system } = process.threadCpuUsage()
  return (user + system) / 1_000
}
