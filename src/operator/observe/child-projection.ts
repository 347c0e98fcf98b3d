/** What is kept of every object; and of one that the operator has made, so much that it can compare what it would apply. */
import { ownedHash } from '../../kube/field-ownership.ts'
import type { Cached } from '../../kube/informer.ts'
import { intern } from '../../kube/intern.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { MANAGER } from '../render/manifest.ts'
import type { ChildFacts } from '../world/callbot.ts'

export type CachedChild = Cached & ChildFacts

export const identity = ({ metadata }: Raw): Cached => ({
  namespace: intern(metadata.namespace ?? ''),
  name: metadata.name,
  uid: metadata.uid ?? '',
  resourceVersion: metadata.resourceVersion ?? '',
})

export function projectChild(raw: Raw): CachedChild {
  const { namespace, name, uid, resourceVersion } = identity(raw)
  const ownerUid = intern(raw.metadata.ownerReferences?.[0]?.uid)
  return { namespace, name, uid, resourceVersion, ownerUid, applied: ownedHash(raw, MANAGER) }
}
