import type { z } from 'zod'

export interface Problem {
  /** Such as spec.dialog.inline.steps[2].ask. Empty for the object as a whole. */
  path: string
  /** The fault and its cure. */
  message: string
}

/** An unknown field is a problem of that field, not of the object around it. */
export function problemsOf(issue: z.core.$ZodIssue): Problem[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: fieldPath(issue.path), message: issue.message }]
  return issue.keys.map((key) => ({ path: fieldPath([...issue.path, key]), message: issue.message }))
}

/** `['spec', 'numbers', 0]` -> `spec.numbers[0]`, as the API server writes it. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((all, each) => {
    if (typeof each === 'number') return `${all}[${each}]`
    return all === '' ? String(each) : `${all}.${String(each)}`
  }, '')
}

/** Wording for what the type itself refuses, in the API server's words; rules bring their own. */
export function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined ? 'Required value: add it' : `must be of type ${typeName(issue.expected)}`
    case 'invalid_value':
      return `Unsupported value: supported values: ${issue.values.map((each) => JSON.stringify(each)).join(', ')}`
    case 'unrecognized_keys':
      return 'unknown field: correct its name or remove it'
    case 'too_small':
      return tooSmall(issue.origin, issue.minimum)
    case 'too_big':
      return tooBig(issue.origin, issue.maximum)
    default:
      return undefined
  }
}

const typeName = (expected: string) => (expected === 'number' || expected === 'int' ? 'integer' : expected)

function tooSmall(origin: string, minimum: number | bigint): string {
  if (origin === 'string') return `should be at least ${minimum} chars long`
  return origin === 'array' ? `should have at least ${minimum} items` : `should be greater than or equal to ${minimum}`
}

function tooBig(origin: string, maximum: number | bigint): string {
  if (origin === 'string') return `Too long: may not be more than ${maximum} bytes`
  return origin === 'array'
    ? `Too many: must have at most ${maximum} items`
    : `should be less than or equal to ${maximum}`
}
