import { randomBytes, randomFillSync } from 'node:crypto'

/** What is drawn from the system at a time. A draw costs as much for two octets as for some thousands. */
const POOL_OCTETS = 4_096

const pool = Buffer.alloc(POOL_OCTETS)
let used = POOL_OCTETS

/** Octets that can't be guessed, for keys too. What was handed out is not in the pool any more. */
export function randomOctets(octets: number): Buffer {
  if (octets > POOL_OCTETS) return randomBytes(octets)
  if (used + octets > POOL_OCTETS) {
    randomFillSync(pool)
    used = 0
  }
  const drawn = Buffer.from(pool.subarray(used, used + octets))
  pool.fill(0, used, used + octets)
  used += octets
  return drawn
}
