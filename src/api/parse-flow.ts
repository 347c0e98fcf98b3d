import type { z } from 'zod'
import { flowSchema } from './flow.ts'
import { type Problem, problemsOf, wordIssue } from './validation-messages.ts'

/** Reads a dialog that stands by itself, as in a ConfigMap. Paths are relative to it: steps[2].ask. */
export function parseFlow(raw: unknown): { value: z.output<typeof flowSchema> } | { problems: Problem[] } {
  const read = flowSchema.safeParse(raw, { error: wordIssue })
  return read.success ? { value: read.data } : { problems: read.error.issues.flatMap(problemsOf) }
}
