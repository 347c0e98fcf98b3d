/** Why `store` does not do what it was asked for. Texts have codes and no values of rows. */
import { z } from 'zod'

export const STORE_REASONS = [
  /** It or the database can't be reached, is full, or did not answer in time. Worth another try. */
  'Unavailable',
  /** The namespace may not do this, or the row is another's, or has expired. */
  'Denied',
  /** There is no partition for this class and expiry: sweep has to create it. */
  'NoPartition',
  /** What was to be stored is not valid: it never will be. */
  'Invalid',
  /** Other rows need what was to be removed, or what this one needs was removed just now. */
  'Needed',
  /** The policy is not known, or does not keep the class for so long. */
  'Policy',
  /** The namespace has as many requests in flight as it may have. Worth another try. */
  'Busy',
  /** The namespace has as many keys or octets as it may have. */
  'QuotaExceeded',
  /** Everything else: SQLSTATE says what. */
  'Rejected',
] as const
export type StoreReason = (typeof STORE_REASONS)[number]

export interface StoreRefusal {
  readonly kind: 'refused'
  readonly reason: StoreReason
  readonly because: string
  /** Seconds after which it may be tried again, if the answer says so. */
  readonly retryAfter?: number
}

export const isRefusal = (value: unknown): value is StoreRefusal =>
  typeof value === 'object' && value !== null && 'kind' in value && value.kind === 'refused'

export const refused = (reason: StoreReason, because: string, retryAfter?: number): StoreRefusal => ({
  ...{ kind: 'refused', reason, because },
  ...(retryAfter !== undefined && { retryAfter }),
})

interface Answered {
  readonly status: number
  /** Seconds of the header Retry-After. */
  readonly retryAfter?: number
}

/** How each is answered over HTTP. */
const ANSWERS: Readonly<Record<StoreReason, Answered>> = {
  Unavailable: { status: 503, retryAfter: 2 },
  Denied: { status: 403 },
  NoPartition: { status: 503, retryAfter: 2 },
  Invalid: { status: 422 },
  Needed: { status: 409 },
  Policy: { status: 422 },
  Busy: { status: 429, retryAfter: 1 },
  QuotaExceeded: { status: 429, retryAfter: 60 },
  Rejected: { status: 500 },
}

/** Characters of a text that is shown. */
const LONGEST_REASON = 300

const schema = z.object({
  reason: z.enum(STORE_REASONS).catch('Rejected'),
  because: z
    .string()
    .min(1)
    .transform((text) => text.replaceAll(/[^\x20-\x7e]/g, '?').slice(0, LONGEST_REASON)),
})

/** Status, seconds until another try, and text of the answer. */
export const writeRefusal = ({ reason, because }: StoreRefusal): Answered & { readonly text: string } => ({
  ...ANSWERS[reason],
  text: JSON.stringify({ reason, because }),
})

/** Never fails: an answer that is no refusal of ours, such as a proxy's, means that the store can't be reached. */
export function readRefusal(status: number, text: string, retryAfter?: number): StoreRefusal {
  const read = schema.safeParse(parse(text))
  if (read.success) return refused(read.data.reason, read.data.because, retryAfter)
  return refused('Unavailable', `the store answered with status ${status} and no reason: check callbot-store`)
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
