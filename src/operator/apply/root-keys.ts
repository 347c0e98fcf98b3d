/** The Secret with the root keys of a namespace: made once, never read, patched or removed (docs/adr/0005, 0031). */
import { randomBytes } from 'node:crypto'
import type { Kube } from '../../kube/client.ts'
import { isAlreadyExists } from '../../kube/errors.ts'
import { recordsLabels, ROOT_KEYS_SECRET, ROOTS_FILE } from '../render/records.ts'

/** When they were last looked for in a namespace (epoch milliseconds), and whether they were missing. */
export type RootKeyChecks = Map<string, { at: number; isMissing: boolean }>

/** Each look is a request, which a namespace is worth so often. */
const LOOK_EVERY_MS = 110_000
const KEY_OCTETS = 32

/** Those that are there already stay. @param now epoch milliseconds */
export async function makeRootKeys(kube: Pick<Kube, 'create'>, namespace: string, now: number): Promise<void> {
  const generation = new Date(now).toISOString().slice(0, 10)
  const key = randomBytes(KEY_OCTETS)
  const line = Buffer.from(`${generation} ${key.toString('base64')}\n`)
  try {
    await kube.create(manifest(namespace, { [ROOTS_FILE]: line.toString('base64') }))
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  } finally {
    key.fill(0)
    line.fill(0)
  }
}

/**
 * Whether they are gone. Asked without the right to read any Secret: a dry run of making them is refused while they are there.
 * @param now epoch milliseconds
 */
export async function areRootKeysMissing(
  kube: Pick<Kube, 'create'>,
  checks: RootKeyChecks,
  namespace: string,
  now: number,
): Promise<boolean> {
  const known = checks.get(namespace)
  if (known !== undefined && now - known.at < LOOK_EVERY_MS && now >= known.at) return known.isMissing
  let isMissing = true
  try {
    await kube.create(manifest(namespace, {}), { dryRun: true })
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    isMissing = false
  }
  checks.set(namespace, { at: now, isMissing })
  return isMissing
}

const manifest = (namespace: string, data: Record<string, string>) => ({
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: { name: ROOT_KEYS_SECRET, namespace, labels: recordsLabels },
  type: 'callbots.dev/root-keys',
  data,
})
