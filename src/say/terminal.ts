import { createInterface } from 'node:readline'
import type { Terminal } from './text-call.ts'

/**
 * The terminal of the process. Lines that come before anybody asks for them are kept, so that a conversation can be piped
 * in, and end of input is the end of the call.
 */
export function openTerminal(
  input: NodeJS.ReadableStream & { isTTY?: boolean },
  output: NodeJS.WritableStream,
): Terminal & { close(): void } {
  const lines: string[] = []
  let waiting: ((line: string | undefined) => void) | undefined
  let isClosed = false
  const reader = createInterface({ input, output, terminal: false })
  const echoed = (line: string | undefined) => {
    if (input.isTTY !== true) output.write(`${line ?? ''}\n`)
    return line
  }
  const answer = (line: string | undefined) => {
    waiting?.(echoed(line))
    waiting = undefined
  }
  reader.on('line', (line) => (waiting === undefined ? void lines.push(line) : answer(line)))
  reader.on('close', () => {
    isClosed = true
    answer(undefined)
  })
  return {
    write: (line) => void output.write(`${line}\n`),
    read(prompt) {
      output.write(prompt)
      const line = lines.shift()
      if (line !== undefined || isClosed) return Promise.resolve(echoed(line))
      return new Promise((resolve) => (waiting = resolve))
    },
    close: () => reader.close(),
  }
}
