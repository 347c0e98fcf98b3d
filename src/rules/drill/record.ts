/**
 * The record of a run: what is kept of it for good. It follows from the FailoverDrill alone, so it has the same octets whoever writes it and however
 * often. Names of objects, zones and counts only: nothing of a caller.
 */
import { createHash } from 'node:crypto'
import type { RunFields } from '../../api/drill-run.ts'
import type { FailoverDrillSpec, FailoverDrillStatus } from '../../api/failover-drill.ts'
import { canonicalJson } from '../../lib/canonical.ts'
import type { Statement } from './envelope.ts'

/** What an in-toto statement about a drill says it is. */
export const RECORD_TYPE = 'https://callbots.dev/drill-record/v1'

export interface RecordFacts {
  readonly integration: { readonly namespace: string; readonly name: string; readonly uid: string }
  readonly drill: { readonly name: string; readonly uid: string }
  /** Counts the records of the Integration, from 1 on. */
  readonly sequence: number
  /** The oldest record that is kept beside this one: those before it were removed on purpose. */
  readonly keptFrom: number
  /** Of the record before; undefined: this is the first. */
  readonly previousDigest: string | undefined
  /** The slot of the schedule, in RFC 3339; undefined: a drill by hand. */
  readonly slot: string | undefined
  /** What was to be done. */
  readonly run: Pick<FailoverDrillSpec, 'side' | 'scenario' | keyof RunFields>
  /** What came of it. */
  readonly result: DrillResult
}

/** The status of a drill that has ended, without what changes afterwards. */
export type DrillResult = Pick<
  FailoverDrillStatus,
  | (
      | 'verdict'
      | 'because'
      | 'startedAt'
      | 'finishedAt'
      | 'reached'
      | 'timings'
      | 'calls'
      | 'realCalls'
      | 'perEdge'
      | 'checks'
    )
  | ('deficiencies' | 'notShown' | 'specDigest' | 'routesDigest')
>

/** The component of the ConfigMaps that hold records, and the key of the record in each. */
export const RECORD_COMPONENT = 'drill-record'
export const RECORD_FILE = 'record.dsse.json'

/** The component of the ConfigMaps that hold public keys, in the namespace of the operator, and the key of the PEM text in each. */
export const PUBLIC_KEY_COMPONENT = 'evidence'
export const PUBLIC_KEY_FILE = 'public.pem'

/** So many records of an Integration are kept: a weekly drill for two years. */
const MOST_RECORDS = 120

/** The oldest record that is kept beside the one of that number. */
export const keptFrom = (sequence: number): number => Math.max(1, sequence - MOST_RECORDS + 1)

/** How names of an Integration's records begin. One of the same name that is made later has others, so that it overwrites none. */
export const recordPrefix = ({ name, uid }: { name: string; uid: string }): string =>
  `${name}-record-${uid.slice(0, 8)}-`

/** Its name in the client's namespace: that of an immutable ConfigMap. */
export const recordName = (integration: { name: string; uid: string }, sequence: number): string =>
  `${recordPrefix(integration)}${String(sequence).padStart(6, '0')}`

/** The statement to sign. Its subject is the drill as it was ordered. */
export function recordStatement(facts: RecordFacts): Statement {
  const { integration, drill, run } = facts
  const sha256 = createHash('sha256').update(canonicalJson(run)).digest('hex')
  return {
    subject: [{ name: `FailoverDrill/${integration.namespace}/${drill.name}`, digest: { sha256 } }],
    predicateType: RECORD_TYPE,
    predicate: facts,
  }
}
