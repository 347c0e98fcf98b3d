/**
 * Finds many rows of octets in one pass: the algorithm of Wu and Manber, which looks at two octets, and mostly steps over several.
 * A pattern may have one octet that can be any.
 */
export interface Pattern {
  /** What is counted: several patterns may have one name. */
  readonly name: string
  readonly octets: Buffer
  /** Index of the octet that may be any. */
  readonly any?: number
}

export interface Hit {
  readonly pattern: Pattern
  /** Index of its first octet. */
  readonly at: number
}

export interface Matcher {
  /** Octets of the longest pattern. */
  readonly longest: number
  /** Calls `found` for each pattern in `octets`, in no order. */
  scan(octets: Buffer, found: (pattern: Pattern, at: number) => void): void
}

/** Patterns with fewer octets in a row are found everywhere. */
const LEAST_OCTETS = 6
const MOST_WINDOW = 12
const PAGE = 16_384
const ZEROS = Buffer.alloc(PAGE)

interface Candidate {
  readonly pattern: Pattern
  /** Where its window begins in the pattern. */
  readonly window: number
}

/** @throws when a pattern has less than six octets in a row, or its window is of zeros */
export function compile(patterns: readonly Pattern[]): Matcher {
  const size = Math.min(MOST_WINDOW, ...patterns.map((each) => longestRun(each).length))
  if (size < LEAST_OCTETS) throw new Error(`a pattern has less than ${LEAST_OCTETS} octets in a row`)
  const steps = new Uint8Array(65_536).fill(size - 1)
  const firsts = new Uint8Array(65_536)
  const candidates = new Map<number, Candidate[]>()
  for (const pattern of patterns) {
    const window = bestWindow(pattern, size)
    const octets = pattern.octets.subarray(window, window + size)
    if (octets.equals(ZEROS.subarray(0, size))) throw new Error('a pattern is of zeros')
    for (let index = 0; index < size - 1; index++) {
      const pair = octets.readUInt16LE(index)
      steps[pair] = Math.min(steps[pair]!, size - 2 - index)
    }
    firsts[octets.readUInt16LE(0)] = 1
    const head = octets.readInt32LE(0)
    candidates.set(head, [...(candidates.get(head) ?? []), { pattern, window }])
  }
  const longest = Math.max(...patterns.map(({ octets }) => octets.length))
  return { longest, scan: (octets, found) => scan({ octets, size, steps, firsts, candidates, found }) }
}

/** Where the window begins that programs and numbers look like least: what is full of zeros is everywhere. */
function bestWindow(pattern: Pattern, size: number): number {
  const { from, length } = longestRun(pattern)
  const zerosIn = (begin: number) => pattern.octets.subarray(begin, begin + size).filter((octet) => octet === 0).length
  const isRare = (pair: number) => (pair & 0xff) !== 0 && pair >> 8 !== 0
  const rank = (begin: number) =>
    (isRare(pattern.octets.readUInt16LE(begin + size - 2)) ? 0 : 2 * size) +
    (isRare(pattern.octets.readUInt16LE(begin)) ? 0 : size) +
    zerosIn(begin)
  const begins = Array.from({ length: length - size + 1 }, (_, index) => from + index)
  return begins.reduce((best, begin) => (rank(begin) < rank(best) ? begin : best))
}

interface Scan {
  octets: Buffer
  size: number
  /** By the two last octets of a window: how far the next window may be. */
  steps: Uint8Array
  /** By the two first: 1 where a pattern has these. */
  firsts: Uint8Array
  /** By the four first. */
  candidates: ReadonlyMap<number, readonly Candidate[]>
  found(pattern: Pattern, at: number): void
}

/** Pages of zeros, of which disks and memory are full, are compared at once. What begins before one is looked for in it. */
function scan(o: Scan): void {
  let at = 0
  while (at < o.octets.length) {
    const end = Math.min(at + PAGE, o.octets.length)
    const isEmpty = o.octets.compare(ZEROS, 0, end - at, at, end) === 0
    scanWindows(o, Math.max(0, at - o.size + 1), isEmpty ? Math.min(at + o.size - 1, end) : end)
    at = end
  }
}

/** Windows that begin at `from` or later, and end before `end`. */
function scanWindows(o: Scan, from: number, end: number): void {
  const { octets, size, steps, firsts } = o
  let index = from + size - 2
  const last = end - 1
  while (index < last) {
    const step = steps[octets[index]! | (octets[index + 1]! << 8)]!
    if (step > 0) {
      index += step
      continue
    }
    const begin = index - size + 2
    if (firsts[octets[begin]! | (octets[begin + 1]! << 8)] === 1) verify(o, begin)
    index++
  }
}

function verify({ octets, candidates, found }: Scan, at: number): void {
  for (const { pattern, window } of candidates.get(octets.readInt32LE(at)) ?? [])
    if (isAt(pattern, octets, at - window)) found(pattern, at - window)
}

function isAt({ octets: wanted, any }: Pattern, octets: Buffer, begin: number): boolean {
  if (begin < 0 || begin + wanted.length > octets.length) return false
  for (let index = 0; index < wanted.length; index++)
    if (octets[begin + index] !== wanted[index] && index !== any) return false
  return true
}

/** The longest part without an octet that may be any. */
function longestRun({ octets, any }: Pattern): { from: number; length: number } {
  if (any === undefined) return { from: 0, length: octets.length }
  const [before, after] = [any, octets.length - any - 1]
  return before >= after ? { from: 0, length: before } : { from: any + 1, length: after }
}

export interface StreamSearch {
  /** The next octets of the stream. */
  push(chunk: Buffer): void
}

/** Searches a stream of chunks: what lies across their borders is found too, and everything once. */
export function searchStream(matcher: Matcher, found: (hit: Hit) => void): StreamSearch {
  const reach = matcher.longest - 1
  let tail: Buffer = Buffer.alloc(0)
  let passed = 0
  const push = (chunk: Buffer) => {
    const border = Buffer.concat([tail, chunk.subarray(0, reach)])
    const start = passed - tail.length
    matcher.scan(border, (pattern, at) => {
      const isAcross = at < tail.length && at + pattern.octets.length > tail.length
      if (isAcross) found({ pattern, at: start + at })
    })
    matcher.scan(chunk, (pattern, at) => found({ pattern, at: passed + at }))
    passed += chunk.length
    tail = Buffer.from(chunk.length >= reach ? chunk.subarray(chunk.length - reach) : border.subarray(-reach))
  }
  return { push }
}
