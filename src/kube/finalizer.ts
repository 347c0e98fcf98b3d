import type { JsonPatchOperation, Kube } from './client.ts'
import { isConflict, isInvalid, isNotFound } from './errors.ts'
import type { Raw } from './raw-object.ts'
import type { Resource } from './resources.ts'

/** The object meant: a successor of the same name is left alone. */
export interface Target {
  namespace: string
  name: string
  uid: string
}

type Client = Pick<Kube, 'get' | 'jsonPatch'>

/** Others write too; each loss of the race costs one read and one write. */
const TRIES = 8

/**
 * Sees to it that the object can't go before we released it. Returns the object as it is then, or undefined when it is
 * gone, replaced, or already on its way out (the API server refuses new finalizers then).
 */
export function ensureFinalizer(
  kube: Client,
  r: Resource,
  target: Target,
  finalizer: string,
): Promise<Raw | undefined> {
  return change(kube, r, target, (live) => {
    const there = live.metadata.finalizers ?? []
    if (there.includes(finalizer)) return 'unchanged'
    if (live.metadata.deletionTimestamp) return 'too late'
    return [{ op: 'add', path: '/metadata/finalizers', value: [...there, finalizer] }]
  })
}

/** Takes our finalizer away and no other. Returns the object as it is then, or undefined when it is gone or replaced. */
export function releaseFinalizer(
  kube: Client,
  r: Resource,
  target: Target,
  finalizer: string,
): Promise<Raw | undefined> {
  return change(kube, r, target, (live) => {
    const index = live.metadata.finalizers?.indexOf(finalizer) ?? -1
    if (index < 0) return 'unchanged'
    const path = `/metadata/finalizers/${index}`
    return [
      { op: 'test', path, value: finalizer },
      { op: 'remove', path },
    ]
  })
}

async function change(
  kube: Client,
  r: Resource,
  target: Target,
  decide: (live: Raw) => JsonPatchOperation[] | 'unchanged' | 'too late',
): Promise<Raw | undefined> {
  const { namespace, name, uid } = target
  for (let left = TRIES; ; left--) {
    try {
      const live = await kube.get(r, namespace, name)
      if (live.metadata.uid !== uid) return undefined
      const decision = decide(live)
      if (decision === 'unchanged') return live
      if (decision === 'too late') return undefined
      return await kube.jsonPatch(r, namespace, name, [...preconditions(live), ...decision])
    } catch (error) {
      if (isNotFound(error)) return undefined
      // 422: a test of the patch failed, so somebody wrote in between.
      if (left <= 1 || !(isConflict(error) || isInvalid(error))) throw error
    }
  }
}

const preconditions = ({ metadata }: Raw): JsonPatchOperation[] => [
  { op: 'test', path: '/metadata/uid', value: metadata.uid },
  { op: 'test', path: '/metadata/resourceVersion', value: metadata.resourceVersion },
]
