/** The memory of live programs, as a dump would have it. */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'
import type { Matcher } from './matcher.ts'
import { searchSource, type Find } from './sources.ts'

export interface Segment {
  readonly from: number
  readonly until: number
  /** Such as rw-p. */
  readonly rights: string
  /** A file, [heap], [stack], or nothing. */
  readonly name: string
}

/** What `/proc/PID/maps` says of a program's memory, without what is a copy of a file that nobody may write. */
export function segmentsIn(maps: string): Segment[] {
  return maps
    .trimEnd()
    .split('\n')
    .flatMap((line) => {
      const [, from, until, rights, name] = /^([0-9a-f]+)-([0-9a-f]+) (\S+) \S+ \S+ \S+ *(.*)$/.exec(line) ?? []
      if (from === undefined) return []
      return [{ from: parseInt(from, 16), until: parseInt(until!, 16), rights: rights!, name: name! }]
    })
    .filter(({ rights, name }) => rights.startsWith('r') && (rights[1] === 'w' || !name.startsWith('/')))
    .filter(({ name }) => name !== '[vvar]' && name !== '[vsyscall]' && name !== '[vvar_vclock]')
}

/** Where it was found: in which segment. */
export interface MemoryFind extends Find {
  readonly segment: string
}

export interface MemorySearched {
  readonly octets: number
  readonly finds: MemoryFind[]
}

/** Reads all that a program may read of its own. It goes on meanwhile: what is freed and mapped elsewhere is passed over. */
export async function searchMemory(pid: number, matcher: Matcher): Promise<MemorySearched> {
  const memory = openSync(`/proc/${pid}/mem`, 'r')
  const finds: MemoryFind[] = []
  let octets = 0
  try {
    for (const segment of segmentsIn(readFileSync(`/proc/${pid}/maps`, 'utf8'))) {
      const read = (into: Buffer, at: number) => {
        const length = Math.min(into.length, segment.until - at)
        return length <= 0 ? 0 : readMapped(memory, into.subarray(0, length), at)
      }
      const searched = await searchSource(read, matcher, segment.from, segment.until)
      octets += searched.octets
      finds.push(...searched.finds.map((find) => ({ ...find, segment: `${segment.rights} ${segment.name}`.trim() })))
    }
  } finally {
    closeSync(memory)
  }
  return { octets, finds }
}

/** What is not there any more ends the segment. */
function readMapped(memory: number, into: Buffer, at: number): number {
  try {
    return readSync(memory, into, 0, into.length, at)
  } catch {
    return 0
  }
}
