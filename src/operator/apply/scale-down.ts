import { isInvalid, isNotFound } from '../../kube/errors.ts'
import type { Kube } from '../../kube/client.ts'
import { resources } from '../../kube/resources.ts'
import type { Caches } from '../observe/caches.ts'
import type { AreIdle } from '../observe/idle-check.ts'
import { DELETION_COST, LEAVES_FIRST, type Manifest } from '../render/manifest.ts'
import type { PodRef } from '../world/callbot.ts'

interface Writer {
  kube: Pick<Kube, 'mergePatch'>
  caches: Pick<Caches, 'pods'>
}

/** Marks pods as those that leave first, or takes the mark away. One that is gone meanwhile needs neither. */
export async function markPods(
  { kube, caches }: Writer,
  namespace: string,
  pods: readonly PodRef[],
  leaves: boolean,
): Promise<void> {
  const annotations = { [DELETION_COST]: leaves ? LEAVES_FIRST : null }
  for (const { name, uid } of pods) {
    try {
      caches.pods.absorb(await kube.mergePatch(resources.pods, namespace, name, { metadata: { uid, annotations } }))
    } catch (error) {
      // Of so small a patch only the uid can be invalid: a successor has the name.
      if (!isNotFound(error) && !isInvalid(error)) throw error
    }
  }
}

/** Takes pods away by asking for fewer, if none of those that will go has a call now. Else the next cycle chooses again. */
export async function scaleDown(
  o: { areIdle: AreIdle; apply: (manifest: Manifest) => Promise<void> },
  manifest: Manifest,
  podsToRemove: readonly PodRef[],
): Promise<boolean> {
  if (!(await o.areIdle(manifest.metadata.namespace, podsToRemove))) return false
  await o.apply(manifest)
  return true
}
