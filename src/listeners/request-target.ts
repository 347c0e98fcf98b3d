/** What a request asks for. */
export interface Target {
  /** Not decoded: what we serve has no escapes. */
  readonly path: string
  /** Names in the query; values mean nothing to us. */
  readonly query: ReadonlySet<string>
}

const LONGEST = 2_048

/**
 * Reads a request target in origin-form or absolute-form (RFC 9112 3.2). Undefined for all else; it never throws, as `new URL('//[')` does
 * within a server that then ends.
 */
export function readTarget(text: string | undefined): Target | undefined {
  if (text === undefined || text.length > LONGEST) return undefined
  const [, path = '/', query = ''] = /^(?:https?:\/\/[^/?#]*)?(\/[^?#]*)?(?:\?([^#]*))?$/i.exec(text) ?? []
  if (text === '' || (!text.startsWith('/') && !/^https?:\/\/[^/?#]/i.test(text))) return undefined
  return { path, query: new Set(query.split('&').map((each) => each.split('=')[0]!)) }
}
