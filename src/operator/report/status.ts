import { canonicalJson } from '../../lib/canonical.ts'

/** A cause that came from elsewhere may have its full stop already. */
export const asSentence = (message: string) => (/[.!?)]$/.test(message) ? message : `${message}.`)

/** False when a write would change nothing. */
export function statusDiffers<S extends object>(before: S | undefined, after: S): boolean {
  return canonicalJson(before ?? {}) !== canonicalJson(after)
}
