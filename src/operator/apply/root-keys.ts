/** The Secrets of a namespace's records: made and removed, never read nor patched (docs/adr/0005, 0031, 0034). */
import { randomBytes } from 'node:crypto'
import type { Kube } from '../../kube/client.ts'
import { createOnce } from '../../kube/create-once.ts'
import { isNotFound } from '../../kube/errors.ts'
import type { Manifest } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import { generationAt, readRootKeys, type RootKeys, type Slot, writeRootKeys } from '../../rules/root-turn.ts'
import { recordsLabels, RECORDS_TLS_SECRET, ROOT_KEYS, rootKeysSecret, ROOTS_FILE } from '../render/records.ts'
import { RECORDS } from '../world/labels.ts'

/** When a Secret was last looked for (epoch milliseconds), by `namespace/name`, and whether it was missing. */
export type SecretChecks = Map<string, { at: number; isMissing: boolean }>

/** Each look is a request, which a namespace is worth so often. */
const LOOK_EVERY_MS = 110_000
const KEY_OCTETS = 32

/** Makes a generation, if the Secret is not there. @param now epoch milliseconds, which give it its name */
export async function makeRootKeys(
  kube: Pick<Kube, 'create'>,
  namespace: string,
  slot: Slot,
  now: number,
): Promise<void> {
  const key = randomBytes(KEY_OCTETS)
  const line = Buffer.from(`${generationAt(now)} ${key.toString('base64')}\n`)
  try {
    await createOnce(kube, manifest(namespace, slot, { [ROOTS_FILE]: line.toString('base64') }))
  } finally {
    key.fill(0)
    line.fill(0)
  }
}

/** Destroys a generation. Resolves when the Secret is not there. */
export async function removeRootKeys(kube: Pick<Kube, 'remove'>, namespace: string, slot: Slot): Promise<void> {
  try {
    await kube.remove(resources.secrets, namespace, rootKeysSecret(slot))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** Whether the StatefulSet says now what was read of root keys. Asks the API server, since a cache may be late. */
export async function isStillWritten(
  kube: Pick<Kube, 'get'>,
  namespace: string,
  read: RootKeys | undefined,
): Promise<boolean> {
  try {
    const { metadata } = await kube.get(resources.statefulSets, namespace, RECORDS)
    const now = readRootKeys(metadata.annotations?.[ROOT_KEYS])
    return read !== undefined && now !== undefined && writeRootKeys(now) === writeRootKeys(read)
  } catch (error) {
    if (isNotFound(error)) return false
    throw error
  }
}

/**
 * Whether a Secret is gone. Asked without the right to read any: a dry run of making it is refused while it is there.
 * @param now epoch milliseconds
 */
async function isMissing(
  kube: Pick<Kube, 'create'>,
  checks: SecretChecks,
  secret: Manifest & { metadata: { namespace?: string } },
  now: number,
): Promise<boolean> {
  const name = `${secret.metadata.namespace}/${secret.metadata.name}`
  const known = checks.get(name)
  if (known !== undefined && now - known.at < LOOK_EVERY_MS && now >= known.at) return known.isMissing
  const isGone = await createOnce(kube, secret, { dryRun: true })
  checks.set(name, { at: now, isMissing: isGone })
  return isGone
}

/** Whether any of these generations is gone. @param now epoch milliseconds */
export async function areRootKeysMissing(
  kube: Pick<Kube, 'create'>,
  checks: SecretChecks,
  { namespace, slots, now }: { namespace: string; slots: readonly Slot[]; now: number },
): Promise<boolean> {
  for (const slot of slots) if (await isMissing(kube, checks, manifest(namespace, slot, {}), now)) return true
  return false
}

/** Whether the certificate of callbot-records is gone. @param now epoch milliseconds */
export const isCertificateMissing = (
  kube: Pick<Kube, 'create'>,
  checks: SecretChecks,
  namespace: string,
  now: number,
) => isMissing(kube, checks, secretOf(namespace, RECORDS_TLS_SECRET, 'callbots.dev/sip-tls', {}), now)

const secretOf = (namespace: string, name: string, type: string, data: Record<string, string>) => ({
  ...{ apiVersion: 'v1', kind: 'Secret', metadata: { name, namespace, labels: recordsLabels }, type, data },
})
const manifest = (namespace: string, slot: Slot, data: Record<string, string>) =>
  secretOf(namespace, rootKeysSecret(slot), 'callbots.dev/root-keys', data)
