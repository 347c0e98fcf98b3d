/** Reading what a user wrote, with problems as the API server would tell them: path of the field, fault, cure. */
import { z } from 'zod'
import { KIND_PARTS } from './crds.ts'
import { flowSchema } from './dialog.ts'
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
  return { problems: read.error.issues.flatMap(problemsOf) }
}

/** Reads a dialog that stands by itself, as in a ConfigMap. Paths are relative to it: steps[2].ask. */
export function parseFlow(raw: unknown): { value: z.output<typeof flowSchema> } | { problems: Problem[] } {
  const read = flowSchema.safeParse(raw, { error: wordIssue })
  return read.success ? { value: read.data } : { problems: read.error.issues.flatMap(problemsOf) }
}

/** An unknown field is a problem of that field, not of the object around it. */
function problemsOf(issue: z.core.$ZodIssue): Problem[] {
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
function wordIssue(issue: z.core.$ZodRawIssue): string | undefined {
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
