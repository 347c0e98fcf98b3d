import type { z } from 'zod'
import { flowSchema } from './dialog.ts'
import { type Problem, problemsOf, wordIssue } from './issues.ts'

/** Reads a dialog that stands by itself, as in a ConfigMap. Paths are relative to it: steps[2].ask. */
export function parseFlow(raw: unknown): { value: z.output<typeof flowSchema> } | { problems: Problem[] } {
  const read = flowSchema.safeParse(raw, { error: wordIssue })
  return read.success ? { value: read.data } : { problems: read.error.issues.flatMap(problemsOf) }
}
