/** Reading what a user wrote, with problems as the API server would tell them: path of the field, fault, cure. */
import { z } from 'zod'
import { KIND_PARTS } from './crds.ts'
import { API_VERSION } from './kinds.ts'
import { rulesOf } from './rule.ts'

export interface Problem {
  /** Such as spec.dialog.inline.steps[2].ask. Empty for the object as a whole. */
  path: string
  /** The fault and its cure. */
  message: string
}

export type Parsed = { value: Record<string, unknown> } | { problems: Problem[] }

/**
 * Reads an object of one of the four kinds, fills the defaults in, and refuses what the API server would refuse.
 * What only an update can break is left to `checkUpdate`.
 */
export function parseObject(raw: unknown): Parsed {
  const { apiVersion, kind } = (raw ?? {}) as { apiVersion?: unknown; kind?: unknown }
  const parts = KIND_PARTS.find(({ descriptor }) => descriptor.kind === kind)
  if (apiVersion !== API_VERSION || parts === undefined) {
    const kinds = KIND_PARTS.map(({ descriptor }) => descriptor.kind).join(', ')
    return { problems: [{ path: 'kind', message: `must be one of ${kinds}, with apiVersion ${API_VERSION}` }] }
  }
  const read = parts.schema.safeParse(raw, { error: wordIssue })
  if (read.success) return { value: read.data as Record<string, unknown> }
  return { problems: read.error.issues.map((issue) => ({ path: fieldPath(issue.path), message: issue.message })) }
}

/** `['spec', 'numbers', 0]` -> `spec.numbers[0]`, as the API server writes it. */
export function fieldPath(path: readonly PropertyKey[]): string {
  return path.reduce<string>((all, each) => {
    if (typeof each === 'number') return `${all}[${each}]`
    return all === '' ? String(each) : `${all}.${String(each)}`
  }, '')
}

/** Wording for what the type itself refuses; rules bring their own. Returns nothing where zod's own is good enough. */
function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case 'invalid_type':
      return issue.input === undefined
        ? 'Required value: add it'
        : `must be of type ${issue.expected}: correct the value`
    case 'invalid_value':
      return `Unsupported value: use one of ${issue.values.map((each) => JSON.stringify(each)).join(', ')}`
    case 'unrecognized_keys':
      return `unknown field ${issue.keys.map((key) => `"${key}"`).join(', ')}: correct or remove it`
    case 'too_small':
      return `must be at least ${issue.minimum} ${unit(issue.origin)}: raise or lengthen it`
    case 'too_big':
      return `must be at most ${issue.maximum} ${unit(issue.origin)}: lower or shorten it`
    default:
      return undefined
  }
}

const unit = (origin: string) => ({ string: 'characters', array: 'items' })[origin] ?? ''

/** What an update breaks: fields that may not change once set. Both objects have passed `parseObject`. */
export function checkUpdate(old: unknown, now: unknown): Problem[] {
  const { kind } = now as { kind?: unknown }
  const parts = KIND_PARTS.find(({ descriptor }) => descriptor.kind === kind)
  return parts ? between(parts.schema, old, now, []) : []
}

/** Transition rules stand on objects that are always there, so walking the properties is enough. */
function between(schema: z.core.$ZodType, old: unknown, now: unknown, path: string[]): Problem[] {
  const broken = rulesOf(schema).transitions.filter(({ holdsBetween }) => !holdsBetween(old, now))
  const here = broken.map(({ message, path: below = [] }) => ({ path: fieldPath([...path, ...below]), message }))
  if (!(schema instanceof z.ZodObject)) return here
  const deeper = Object.entries(schema.shape).flatMap(([name, property]) => {
    const [before, after] = [old, now].map((each) => (each as Record<string, unknown>)[name])
    return before === undefined || after === undefined ? [] : between(property, before, after, [...path, name])
  })
  return [...here, ...deeper]
}
