/** The API server answered, and the answer is no. Fields follow metav1.Status. */
export class ApiError extends Error {
  override readonly name = 'ApiError'
  readonly status: number
  /** CamelCase, as in metav1.StatusReason; empty when the answer carried none. */
  readonly reason: string
  readonly retryAfterSeconds: number | undefined
  readonly details: unknown

  constructor(o: {
    status: number
    reason?: string
    message: string
    retryAfterSeconds?: number | undefined
    details?: unknown
  }) {
    super(o.message)
    this.status = o.status
    this.reason = o.reason ?? ''
    this.retryAfterSeconds = o.retryAfterSeconds
    this.details = o.details
  }
}

/** No answer came: connection refused, reset, timed out, or TLS failed. `cause` has what Node said. */
export class Unreachable extends Error {
  override readonly name = 'Unreachable'
  /** As Node or undici names it, for example ECONNREFUSED. */
  readonly code: string
  /** False when the request surely never left, so that repeating it can't do a thing twice. */
  readonly mayHaveArrived: boolean

  constructor(o: { method: string; path: string; code: string; mayHaveArrived: boolean; cause: unknown }) {
    const why = o.cause instanceof Error ? o.cause.message : String(o.cause)
    super(`${o.method} ${o.path}: no answer from the API server: ${o.code}: ${why}`, { cause: o.cause })
    this.code = o.code
    this.mayHaveArrived = o.mayHaveArrived
  }
}

interface StatusBody {
  code?: number
  reason?: string
  message?: string
  details?: { retryAfterSeconds?: number }
}

function parseStatus(text: string): StatusBody {
  try {
    return (JSON.parse(text) as StatusBody | null) ?? {}
  } catch {
    return { message: text.slice(0, 200) }
  }
}

/** Reads a failed answer: a metav1.Status when it is one, else whatever a proxy in between wrote. */
export function apiErrorFrom(status: number, text: string, origin: string, retryAfterHeader?: string): ApiError {
  const body = parseStatus(text)
  const header = Number(retryAfterHeader)
  const retryAfterSeconds = retryAfterHeader && header >= 0 ? header : body.details?.retryAfterSeconds
  return new ApiError({
    status,
    reason: body.reason ?? '',
    message: `${origin}: ${status} ${body.reason ?? ''}: ${body.message ?? 'no message'}`,
    retryAfterSeconds,
    details: body.details,
  })
}

const has =
  (status: number, reason?: string) =>
  (error: unknown): error is ApiError =>
    error instanceof ApiError && error.status === status && (reason === undefined || error.reason === reason)

export const isNotFound = has(404)
export const isForbidden = has(403)
export const isUnauthorized = has(401)
/** Someone wrote in between, or the precondition (uid, resourceVersion) does not hold. */
export const isConflict = has(409, 'Conflict')
export const isAlreadyExists = has(409, 'AlreadyExists')
/** 422: a value is refused by the schema or a rule, or the test of a JSON patch failed. */
export const isInvalid = has(422)
/** The resource version or the continue token is older than what etcd still has. */
export const isGone = has(410)

/** The resource version asked for lies in this server's future: etcd was put back to an older state, or a server lags. */
export function isFromTheFuture(error: unknown): error is ApiError {
  if (!(error instanceof ApiError) || error.reason !== 'Timeout') return false
  const { causes } = (error.details ?? {}) as { causes?: { reason?: string; message?: string }[] }
  return (causes ?? []).some((cause) => cause.reason === 'ResourceVersionTooLarge')
}

/** Nothing can be made in a namespace that is being deleted. */
export function isNamespaceTerminating(error: unknown): error is ApiError {
  if (!isForbidden(error)) return false
  const { causes } = (error.details ?? {}) as { causes?: { reason?: string }[] }
  return (causes ?? []).some((cause) => cause.reason === 'NamespaceTerminating')
}
