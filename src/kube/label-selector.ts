/** Whether an object's labels match; undefined-safe. */
export type LabelTest = (labels: Record<string, string> | undefined) => boolean

/**
 * Understands the equality part of a label selector (`a=b`, `a==b`, `a!=b`, `a`, `!a`, joined by commas). Returns
 * undefined for the rest (`in`, `notin`): the API server knows those, we would only guess.
 */
export function labelTest(selector: string | undefined): LabelTest | undefined {
  if (selector === undefined || selector.trim() === '') return () => true
  if (/[()]/.test(selector)) return undefined
  const tests = selector.split(',').map((part) => oneTest(part.trim()))
  return (labels) => tests.every((test) => test(labels ?? {}))
}

function oneTest(part: string): (labels: Record<string, string>) => boolean {
  const [, left = '', operator, right = ''] = /^([^=!]+)(!=|==|=)(.*)$/.exec(part) ?? []
  const [key, value] = [left.trim(), right.trim()]
  if (operator === '!=') return (labels) => labels[key] !== value
  if (operator) return (labels) => labels[key] === value
  if (part.startsWith('!')) return (labels) => !(part.slice(1).trim() in labels)
  return (labels) => part in labels
}
