/** Names of partitions say what is in them, so that one that is detached is still known. */
import type { DataClass } from '../../seal/sealed.ts'

export interface Bounds {
  readonly class: DataClass
  /** Milliseconds since 1970, in full seconds. */
  readonly from: number
  readonly to: number
}

const TABLES: Readonly<Record<DataClass, string>> = {
  CallerNumber: 'records_caller_number',
  CallMetadata: 'records_call_metadata',
  Transcript: 'records_transcript',
  Recording: 'records_recording',
  CollectedFields: 'records_collected_fields',
  Diagnostics: 'records_diagnostics',
}

export const tableOf = (dataClass: DataClass): string => TABLES[dataClass]

/** @throws RangeError for bounds that are no full seconds */
export function nameOf({ class: dataClass, from, to }: Bounds): string {
  if (from % 1_000 !== 0 || to % 1_000 !== 0 || from >= to)
    throw new RangeError('bounds of a partition are full seconds')
  return `${TABLES[dataClass]}_${from / 1_000}_${to / 1_000}`
}

/** @returns undefined for a table that is no partition */
export function boundsOf(name: string): Bounds | undefined {
  const [, table, from, to] = /^(records_[a-z_]+)_(\d{1,11})_(\d{1,11})$/.exec(name) ?? []
  const dataClass = (Object.keys(TABLES) as DataClass[]).find((one) => TABLES[one] === table)
  return dataClass && { class: dataClass, from: Number(from) * 1_000, to: Number(to) * 1_000 }
}
