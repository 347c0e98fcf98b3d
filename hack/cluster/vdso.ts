/**
 * The vDSO: the page of the kernel's code in each process by which programs read clocks, whatever they are written in. Here it is read, and rewritten so that
 * the wall clock of one process differs. Its monotonic clock and all other processes stay as they are.
 */
import { closeSync, openSync, readFileSync, readSync } from 'node:fs'

/** Where it is in the memory of a process. The end is excluded. */
export interface Range {
  readonly begin: number
  readonly end: number
}

/** Machine code, and where it belongs, from the begin of the vDSO. */
export interface Patch {
  readonly at: number
  readonly code: Buffer
}

const ENTRIES = ['__vdso_clock_gettime', '__vdso_gettimeofday', '__vdso_time'] as const
type Entry = (typeof ENTRIES)[number]

/** Undefined: the process has none, or is gone. */
export function vdsoOf(pid: number | 'self'): Range | undefined {
  let maps
  try {
    maps = readFileSync(`/proc/${pid}/maps`, 'latin1')
  } catch {
    return undefined
  }
  const found = /^([0-9a-f]+)-([0-9a-f]+) .*\[vdso\]$/m.exec(maps)
  return found === null ? undefined : { begin: parseInt(found[1]!, 16), end: parseInt(found[2]!, 16) }
}

/** As the kernel has made it: that of this process. */
export function readVdso(): Buffer {
  const range = vdsoOf('self')
  if (range === undefined) throw new Error('this kernel has no vDSO: the wall clock of a process can not be set here')
  const image = Buffer.alloc(range.end - range.begin)
  const file = openSync('/proc/self/mem', 'r')
  try {
    readSync(file, image, 0, image.length, range.begin)
  } finally {
    closeSync(file)
  }
  return image
}

/**
 * What to write into the vDSO for a wall clock that differs by so many seconds; 0: what the kernel has put there.
 * @throws when the code does not fit, or the processor is another one
 */
export function clockPatches(image: Buffer, seconds: number): Patch[] {
  if (process.arch !== 'x64')
    throw new Error(`the wall clock of a process can be set on x86-64 only, not ${process.arch}`)
  const entries = entriesOf(image)
  return ENTRIES.map((name): Patch => {
    const { at, size } = entries[name] ?? { at: 0, size: 0 }
    const code = CODE[name](seconds)
    if (code.length > size)
      throw new Error(`${name} of this kernel's vDSO has ${size} octets, ${code.length} are needed`)
    return { at, code: seconds === 0 ? image.subarray(at, at + code.length) : code }
  })
}

const code = (...parts: (string | Buffer)[]) =>
  Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replaceAll(' ', ''), 'hex') : part)))

function int64(seconds: number): Buffer {
  const octets = Buffer.alloc(8)
  octets.writeBigInt64LE(BigInt(seconds))
  return octets
}

/** The system call of that name, and the seconds added to its result. */
const CODE: Record<Entry, (seconds: number) => Buffer> = {
  // mov eax,228; syscall; only for CLOCK_REALTIME (0) and CLOCK_REALTIME_COARSE (5): mov rcx,SECONDS; add [rsi],rcx; ret
  __vdso_clock_gettime: (seconds) => code('b8e4000000 0f05 85ff 7405 83ff05 750d 48b9', int64(seconds), '48010e c3'),
  // mov eax,96; syscall; where there is a timeval: mov rcx,SECONDS; add [rdi],rcx; ret
  __vdso_gettimeofday: (seconds) => code('b860000000 0f05 4885ff 740d 48b9', int64(seconds), '48010f c3'),
  // mov eax,201; syscall; mov rcx,SECONDS; add rax,rcx; where it is wanted: mov [rdi],rax; ret
  __vdso_time: (seconds) => code('b8c9000000 0f05 48b9', int64(seconds), '4801c8 4885ff 7403 488907 c3'),
}

/** Section types of ELF, and the sizes of a header of a section and of a symbol. */
const [DYNSYM, SECTION, SYMBOL] = [11, 64, 24]

/** Functions by name, from the table of dynamic symbols. */
function entriesOf(image: Buffer): Record<string, { at: number; size: number }> {
  const word = (at: number) => Number(image.readBigUInt64LE(at))
  const sections = Array.from({ length: image.readUInt16LE(0x3c) }, (_, index) => word(0x28) + index * SECTION)
  const symbols = sections.find((at) => image.readUInt32LE(at + 4) === DYNSYM)
  if (symbols === undefined) throw new Error("this kernel's vDSO has no table of symbols")
  const names = word(sections[image.readUInt32LE(symbols + 0x28)]! + 0x18)
  const [begin, length] = [word(symbols + 0x18), word(symbols + 0x20)]
  const all = Array.from({ length: length / SYMBOL }, (_, index) => begin + index * SYMBOL)
  return Object.fromEntries(
    all.map((at) => {
      const name = names + image.readUInt32LE(at)
      return [image.toString('latin1', name, image.indexOf(0, name)), { at: word(at + 8), size: word(at + 16) }]
    }),
  )
}
