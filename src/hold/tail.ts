/** Whether an export has come as a whole: its last line has the number of lines before. */

export interface ExportEnd {
  readonly records: number
  readonly unreadable: number
}

export interface Tail {
  take(chunk: Buffer): void
  /** Undefined: something is missing. */
  end(): ExportEnd | undefined
}

/** Octets: longer than the last line. */
const KEPT = 512
const NEWLINE = 0x0a
/** That which says what was asked, and the last one. */
const LINES_BESIDE = 2

export function createTail(): Tail {
  let lines = 0
  let last: Buffer = Buffer.alloc(0)
  return {
    take(chunk) {
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, at + 1)) lines++
      last = Buffer.concat([last, chunk]).subarray(-KEPT)
    },
    end() {
      const end = parse(last.toString('utf8').split('\n').at(-2))
      return end !== undefined && end.records + LINES_BESIDE === lines && last.at(-1) === NEWLINE ? end : undefined
    },
  }
}

function parse(line: string | undefined): ExportEnd | undefined {
  try {
    const { kind, records, unreadable } = JSON.parse(line ?? '') as Record<string, unknown>
    const isEnd = kind === 'End' && typeof records === 'number' && typeof unreadable === 'number'
    return isEnd ? { records, unreadable } : undefined
  } catch {
    return undefined
  }
}
