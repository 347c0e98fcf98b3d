import type { Kube } from './client.ts'
import { isAlreadyExists } from './errors.ts'
import type { Manifest, Raw } from './raw-object.ts'
import { resources, type Resource } from './resources.ts'

/**
 * Writes a Secret that its writer may not read: makes it, in place of one of the same name. Needs the verbs create and delete.
 *
 * Never patch here. Whoever may patch Secrets can read them: the API server answers a patch that spoils the object, such as
 * `{"kind":"x"}`, with a 422 that quotes the whole of it, data included, and does so before any admission policy is asked.
 *
 * Between the two steps the Secret is away for some milliseconds. Pods that run keep their files; one that starts just then
 * is tried again by its kubelet. If this process dies in between, the next reconcile makes the Secret.
 */
export function replaceUnreadSecret(kube: Pick<Kube, 'create' | 'remove'>, secret: Manifest): Promise<Raw> {
  return replaceUnread(kube, resources.secrets, secret)
}

/** The same for any kind whose objects of others are none of the writer's business. */
export async function replaceUnread(
  kube: Pick<Kube, 'create' | 'remove'>,
  resource: Resource,
  manifest: Manifest,
): Promise<Raw> {
  try {
    return await kube.create(manifest)
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
  }
  await kube.remove(resource, manifest.metadata.namespace, manifest.metadata.name)
  return kube.create(manifest)
}
