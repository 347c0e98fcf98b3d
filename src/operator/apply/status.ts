import type { Kube } from '../../kube/client.ts'
import { isConflict, isNotFound } from '../../kube/errors.ts'
import type { Informer } from '../../kube/informer.ts'
import type { Resource } from '../../kube/resources.ts'

/**
 * Writes the status of the very object that it was made for, into the cache too. Resolves with false when that is gone, or another has its
 * name: the watch will say so.
 */
export async function writeStatus(o: {
  kube: Pick<Kube, 'patchStatus'>
  resource: Resource
  about: { namespace: string; name: string; uid: string }
  status: object
  cache: Pick<Informer<never>, 'absorb'>
}): Promise<boolean> {
  const { namespace, name, uid } = o.about
  try {
    o.cache.absorb(await o.kube.patchStatus(o.resource, namespace, name, o.status, { uid }))
    return true
  } catch (error) {
    if (isNotFound(error) || isConflict(error)) return false
    throw error
  }
}
