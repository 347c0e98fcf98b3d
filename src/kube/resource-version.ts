/**
 * Orders two resource versions of one kind. KEP-5504 promises that they are decimal numbers without a size limit that
 * grow with each write, so length decides first and text decides the rest. An absent or empty one is the oldest.
 */
export function compareVersions(a: string | undefined, b: string | undefined): number {
  const left = a ?? ''
  const right = b ?? ''
  if (left.length !== right.length) return left.length - right.length
  return left < right ? -1 : left > right ? 1 : 0
}
