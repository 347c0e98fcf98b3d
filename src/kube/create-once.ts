import type { Kube } from './client.ts'
import { isAlreadyExists } from './errors.ts'

/**
 * Creates an object, unless there is one of its name: then that one counts, whoever made it. For what a watch that is late may not show yet.
 * @returns whether it was created, or would be with `dryRun`
 */
export async function createOnce(kube: Pick<Kube, 'create'>, ...of: Parameters<Kube['create']>): Promise<boolean> {
  try {
    await kube.create(...of)
    return true
  } catch (error) {
    if (!isAlreadyExists(error)) throw error
    return false
  }
}
