/** What the operator publishes of RetentionPolicies: src/operator/render/policies.ts writes it. */
import { z } from 'zod'
import { DATA_CLASSES, LONGEST_LIFE_SECONDS } from '../api/retention-policy.ts'
import type { ClassLife } from './store/rows.ts'

const name = z.string().min(1).max(63)
const rule = z.object({ class: z.enum(DATA_CLASSES), seconds: z.int().min(0).max(LONGEST_LIFE_SECONDS) })
const schema = z.array(z.object({ tenant: name, name, rules: z.array(rule).max(DATA_CLASSES.length) })).max(10_000)

/**
 * For how long each policy keeps each class.
 * @returns by `NAMESPACE/NAME`; undefined when the text has no policies
 */
export function readLives(text: string): ReadonlyMap<string, readonly ClassLife[]> | undefined {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    return undefined
  }
  const read = schema.safeParse(value)
  return read.success
    ? new Map(read.data.map((policy) => [`${policy.tenant}/${policy.name}`, policy.rules]))
    : undefined
}
