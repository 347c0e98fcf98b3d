import { codeOf } from './log-fields.ts'
import type { LogText } from './log.ts'

/** A fault in a log. */
export interface Fault {
  /** The kind of the error. */
  readonly bug: LogText
  /** The first line of its stack that is in a file. */
  readonly at: LogText
  /** Of the system, of Node, or the status that a server answered. */
  readonly code?: LogText | number
}

/**
 * An error for the log: its kind, its code and where it is, but not its message, which may quote what a caller said (as that of JSON.parse does), what a
 * web service sent, or what stands in a Secret.
 */
export function describeBug(error: unknown): Fault {
  const text = (plain: string) => plain as LogText
  if (!(error instanceof Error)) return { bug: text(typeof error), at: text('unknown') }
  const at = /^[ \t]+at (.+)$/m.exec(stackBelow(error))?.[1] ?? 'unknown'
  const { status } = error as { status?: unknown }
  const code = codeOf(error) ?? (typeof status === 'number' ? status : undefined)
  return { bug: text(kindOf(error)), at: text(at), ...(code === undefined ? {} : { code }) }
}

/** A message may have lines that look like those of a stack. */
function stackBelow({ stack = '', message }: Error): string {
  const begins = message === '' ? 0 : stack.indexOf(message)
  return begins === -1 ? '' : stack.slice(begins + message.length)
}

const kindOf = ({ name }: Error) => (/^[A-Za-z]{1,60}$/.test(name) ? name : 'Error')
