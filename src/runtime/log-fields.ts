/** What makes a text fit for a log. Whoever calls one of these says what the text is; a caller's words, numbers and errors are none of them. */
import type { LogText } from './log.ts'

/**
 * The name of an object, a zone, a step, a file or a host, as an administrator or a tenant has written it in a manifest. Without white space, of 253
 * characters at most; what is otherwise is no name, and only its length is logged.
 */
export const named = (name: string): LogText =>
  (/^[\w.:/@[\]*-]{1,253}$/.test(name) ? name : `(no name, ${name.length} characters)`) as LogText

/** The same, where there may be none. */
export const mayBeNamed = (name: string | undefined): LogText | undefined =>
  name === undefined ? undefined : named(name)

/** A sentence of our own, or of the API server, about objects and machines: why a certificate is issued, what Kubernetes warns of. */
export const ownWords = (text: string): LogText => text as LogText

/** A code of the system or of Node, such as ECONNREFUSED or ERR_TLS_CERT_ALTNAME_INVALID; nothing that has another form. */
export const codeOf = (error: unknown): LogText | undefined => {
  const { code } = (error ?? {}) as { code?: unknown }
  return typeof code === 'string' && /^[A-Z][A-Z0-9_]{1,60}$/.test(code) ? (code as LogText) : undefined
}

/** Epoch milliseconds as RFC 3339, of something that is no call: a certificate's end, say. */
export const instantOf = (at: number): LogText => new Date(at).toISOString() as LogText

/** The random name of a call, which says nothing of the caller. */
export const callName = (uuid: ReturnType<typeof crypto.randomUUID>): LogText =>
  uuid as LogText as typeof uuid & LogText
