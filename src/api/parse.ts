/** Reading what a user wrote, with problems as the API server would tell them: path of the field, fault, cure. */
import { z } from 'zod'
import { KIND_PARTS } from './printer-columns.ts'
import { fieldPath, type Problem, problemsOf, wordIssue } from './validation-messages.ts'
import { API_VERSION } from './kinds.ts'
import { rulesOf } from './rule.ts'

export type { Problem } from './validation-messages.ts'

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
