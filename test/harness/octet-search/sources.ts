/** What is searched: files, block devices, and what lies compressed in them. */
import { closeSync, openSync, readSync } from 'node:fs'
import { setImmediate as breath } from 'node:timers/promises'
import { createInflate, createGunzip, constants } from 'node:zlib'
import { searchStream, type Hit, type Matcher } from './matcher.ts'

const CHUNK = 4 * 1024 ** 2
/** Octets of a compressed stream that are decompressed, and of what becomes of them. */
const MOST_COMPRESSED = 8 * 1024 ** 2
const MOST_DECOMPRESSED = 64 * 1024 ** 2
const STEP = 64 * 1024
const GZIP = Buffer.from([0x1f, 0x8b, 0x08])

/** Where in a source it was, and what stands around it. */
export interface Find extends Omit<Hit, 'pattern'> {
  readonly name: string
  /** Up to 48 octets before and after, as Latin-1. */
  readonly around: string
  /** Of a find in a gzip stream: where the stream begins; `at` is within what it holds. */
  readonly inStreamAt?: number
}

export interface Searched {
  readonly octets: number
  readonly streams: number
  readonly finds: Find[]
}

const MOST_FINDS = 50_000

/** Searches all octets of a file or a block device, and of gzip streams in it. */
export async function searchFile(path: string, matcher: Matcher): Promise<Searched> {
  const file = openSync(path, 'r')
  try {
    const read = (buffer: Buffer, at: number) => readSync(file, buffer, 0, buffer.length, at)
    return await searchSource(read, matcher)
  } finally {
    closeSync(file)
  }
}

/** @param read octets from a place on; fewer than asked at the end */
export async function searchSource(
  read: (into: Buffer, at: number) => number,
  matcher: Matcher,
  from = 0,
  until = Infinity,
): Promise<Searched> {
  const finds: Find[] = []
  const streams: number[] = []
  const buffer = Buffer.alloc(CHUNK)
  const around = (hit: Hit) => {
    const context = Buffer.alloc(hit.pattern.octets.length + 96)
    const begin = Math.max(from, hit.at - 48)
    const count = readOrNothing(read, context, begin)
    return context.toString('latin1', 0, count)
  }
  const search = searchStream(matcher, (hit) => {
    if (finds.length < MOST_FINDS)
      finds.push({ name: hit.pattern.name, at: from + hit.at, around: around({ ...hit, at: from + hit.at }) })
  })
  let at = from
  while (at < until) {
    const count = read(until - at < CHUNK ? buffer.subarray(0, until - at) : buffer, at)
    if (count === 0) break
    const chunk = buffer.subarray(0, count)
    search.push(chunk)
    for (let gzip = chunk.indexOf(GZIP); gzip >= 0; gzip = chunk.indexOf(GZIP, gzip + 1)) streams.push(at + gzip)
    at += count
    await breath() // callers of the same process go on talking
  }
  for (const stream of streams) finds.push(...(await searchCompressed(read, matcher, stream, createGunzip)))
  return { octets: at - from, streams: streams.length, finds }
}

function readOrNothing(read: (into: Buffer, at: number) => number, into: Buffer, at: number): number {
  try {
    return read(into, at)
  } catch {
    return 0
  }
}

/** What a gzip or zlib stream holds that begins at a place. What breaks off is searched as far as it goes. */
export async function searchCompressed(
  read: (into: Buffer, at: number) => number,
  matcher: Matcher,
  from: number,
  create: typeof createGunzip | typeof createInflate,
): Promise<Find[]> {
  const finds: Find[] = []
  const decompress = create({ finishFlush: constants.Z_SYNC_FLUSH })
  const search = searchStream(matcher, ({ pattern, at }) =>
    finds.push({ name: `${pattern.name}, in gzip`, at, around: '', inStreamAt: from }),
  )
  let [taken, given] = [0, 0]
  let isOver = false
  decompress.on('data', (octets: Buffer) => {
    given += octets.length
    search.push(octets)
  })
  const over = new Promise<void>((resolve) => {
    for (const event of ['end', 'error', 'close']) decompress.once(event, () => resolve())
  }).then(() => (isOver = true))
  decompress.on('error', () => undefined)
  while (!isOver && taken < MOST_COMPRESSED && given < MOST_DECOMPRESSED) {
    const step = Buffer.alloc(STEP)
    const count = readOrNothing(read, step, from + taken)
    if (count === 0) break
    taken += count
    await new Promise<void>((resolve) => {
      decompress.write(step.subarray(0, count), () => resolve())
      void over.then(() => resolve())
    })
  }
  if (!isOver) decompress.end()
  if (!isOver && given < MOST_DECOMPRESSED) await over
  decompress.destroy()
  return finds
}
