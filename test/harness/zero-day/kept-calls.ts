/** The same calls under a policy that keeps them for a day: what the store has of them, sealed and opened. */
import { isFailure } from '../../../src/seal/failure.ts'
import { readRoots, type Roots } from '../../../src/seal/roots.ts'
import { ROOTS_FILE, rootKeysSecret } from '../../../src/operator/render/records.ts'
import { openRow, SEALED_ROWS, type SealedRow } from '../open-records.ts'
import type { Pattern } from '../octet-search/matcher.ts'
import { rowsIn, storeOf } from '../store-pods.ts'
import { kubeJson } from '../three-zones.ts'

/** Enough that no other octets look like them. */
const SEALED_OCTETS = 24

export interface KeptCalls {
  readonly calls: number
  /** What the records say, by class. */
  readonly said: ReadonlyMap<string, readonly string[]>
  /** Each record as it is stored: its first octets. */
  readonly sealed: readonly Pattern[]
}

export const isSealed = ({ name }: { name: string }) => name.startsWith('sealed/')

/** Everything that the store has of a namespace, opened with the keys of the namespace. @throws what none of them opens */
export async function keptCalls(namespace: string): Promise<KeptCalls> {
  const answer = await rowsIn<SealedRow>(storeOf(namespace), SEALED_ROWS)
  if ('code' in answer) throw new Error(`the database refused the question: ${answer.code}`)
  const roots = await rootsOf(namespace)
  const said = new Map<string, string[]>()
  const rows = answer.map(revived)
  for (const row of rows) {
    const plain = openRow(row, roots)
    if (plain === undefined) throw new Error(`no root key opens record ${row.sequence} of class ${row.bucketClass}`)
    said.set(row.bucketClass, [...(said.get(row.bucketClass) ?? []), plain])
  }
  const sealed = rows.map(({ body }, index) => ({
    name: `sealed/${index}`,
    octets: body.subarray(0, SEALED_OCTETS),
  }))
  return { calls: new Set(rows.map(({ call }) => call)).size, said, sealed }
}

/** The driver's values, after they went through JSON. */
function revived(row: SealedRow): SealedRow {
  const octets = (value: unknown) => Buffer.from((value as { data: number[] }).data)
  const date = (value: unknown) => new Date(value as string)
  return {
    ...row,
    ...{ key: octets(row.key), body: octets(row.body), bucketKey: octets(row.bucketKey) },
    ...{ expires_at: date(row.expires_at), opens_at: date(row.opens_at), closes_at: date(row.closes_at) },
  }
}

async function rootsOf(namespace: string): Promise<Roots> {
  type Secret = { data: Record<string, string> }
  const { data } = await kubeJson<Secret>('get', 'secret', rootKeysSecret('a'), '-n', namespace)
  const roots = readRoots(Buffer.from(data[ROOTS_FILE]!, 'base64').toString())
  if (isFailure(roots)) throw new Error(roots.because)
  return roots
}
