/**
 * The record of a run: what is kept of it for good. Its text is canonical JSON, so the same run gives the same octets whoever writes it and however
 * often, and its digest stands for it. Names of objects, zones and counts only: nothing of a caller.
 */
import { createHash } from 'node:crypto'
import type { Verdict } from '../../api/failover-drill-status.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import type { Check } from './preflight.ts'
import type { EndReason } from './run.ts'
import type { Timings } from './verdict.ts'

export interface RecordFacts {
  readonly integration: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly drill: { readonly name: string; readonly uid: string }
  /** Counts the records of the Integration, from 1 on. */
  readonly sequence: number
  /** Of the record before; undefined: this is the first. */
  readonly previousDigest: string | undefined
  /** As its spec has it. */
  readonly run: object
  /** SHA-256 of the Integration's spec, in hexadecimal. */
  readonly specDigest: string
  /** The slot, in RFC 3339; undefined: a drill by hand. */
  readonly slot: string | undefined
  /** The team that answers for it. Never a person. */
  readonly contact: string | undefined
  /** In RFC 3339. */
  readonly startedAt: string
  readonly finishedAt: string
  readonly verdict: Verdict
  readonly reason: EndReason
  readonly checks: readonly Check[]
  readonly timings: Timings
  readonly calls: { readonly placed: number; readonly good: number }
  /** What the run does not prove. */
  readonly notShown: readonly string[]
}

export interface DrillRecord {
  readonly name: string
  /** Canonical JSON. */
  readonly text: string
  /** SHA-256 of the text, in hexadecimal. */
  readonly digest: string
}

const VERSION = 1

export function recordOf(facts: RecordFacts): DrillRecord {
  const { name } = facts.integration
  const checks = facts.checks.map(({ name: check, result, reason }) => ({ name: check, result, reason }))
  const text = canonicalJson({ version: VERSION, ...facts, checks })
  return {
    name: `${name}-record-${String(facts.sequence).padStart(6, '0')}`,
    text,
    digest: createHash('sha256').update(text).digest('hex'),
  }
}

/** Whether records follow each other without a gap, oldest first. @returns the sequence of the first that does not */
export function firstBroken(records: readonly DrillRecord[]): number | undefined {
  const read = records.map(({ text }) => JSON.parse(text) as RecordFacts)
  const index = read.findIndex(({ sequence, previousDigest }, at) => {
    if (createHash('sha256').update(records[at]!.text).digest('hex') !== records[at]!.digest) return true
    const before = records[at - 1]
    if (before === undefined) return sequence === 1 && previousDigest !== undefined
    return sequence !== read[at - 1]!.sequence + 1 || previousDigest !== before.digest
  })
  return index === -1 ? undefined : read[index]!.sequence
}
