import type { Kube } from '../../kube/client.ts'
import { isConflict, isNotFound } from '../../kube/errors.ts'
import type { Informer } from '../../kube/informer.ts'
import type { Resource } from '../../kube/resources.ts'

/**
 * Writes the status of the very object that it was made for, into the cache too. Resolves with false when that is gone, another has
 * its name, or it is in another version than the status rests on: the watch will say so.
 */
export async function writeStatus(o: {
  kube: Pick<Kube, 'patchStatus'>
  resource: Resource
  /** `resourceVersion`: the one that the status rests on; undefined: any. */
  about: { namespace: string; name: string; uid: string; resourceVersion: string | undefined }
  status: object
  cache: Pick<Informer<never>, 'absorb'>
}): Promise<boolean> {
  const { namespace, name, uid, resourceVersion } = o.about
  const precondition = { uid, ...(resourceVersion !== undefined && { resourceVersion }) }
  try {
    o.cache.absorb(await o.kube.patchStatus(o.resource, namespace, name, o.status, precondition))
    return true
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false
    throw error
  }
}
