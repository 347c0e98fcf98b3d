import { ownWords } from '../runtime/log-fields.ts'
import type { LogText } from '../runtime/log.ts'
import { describeBug, type Fault } from '../runtime/redacted-error.ts'
import { ApiError, Unreachable } from './errors.ts'

/** A fault for the log, with the words of the API server where it said no: they are about objects, never about a call. */
export const describeApiFault = (error: unknown): Fault & { readonly because?: LogText } => ({
  ...describeBug(error),
  ...(error instanceof ApiError || error instanceof Unreachable ? { because: ownWords(error.message) } : {}),
})
