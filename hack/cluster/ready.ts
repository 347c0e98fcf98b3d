/** The cluster with all images in its zones. */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { binDir, clusterModules } from './binaries.ts'
import { buildImages, importImages } from './image.ts'
import { withLock } from './lock.ts'
import { ensurePackages } from './packages.ts'
import { preflight } from './preflight.ts'
import { step } from './progress.ts'
import { cacheDir } from './settings.ts'
import { up } from './up.ts'

/**
 * Brings the cluster up, or heals it, and brings the images into it. With empty caches both are made at the same time: compilers want
 * the processors, and packages the network.
 * @throws the first error, when neither goes on any more
 */
export async function ready(): Promise<void> {
  await preflight()
  await withLock(async () => {
    await ensurePackages()
    const made = await Promise.allSettled([step('a Kubernetes of three zones', up), step('the images', buildImages)])
    for (const each of made) if (each.status === 'rejected') throw each.reason
    await importImages()
  })
}

/** Whether all that takes minutes is there. */
export const cachesNow = (): 'warm' | 'cold' =>
  [...clusterModules.map(binDir), join(cacheDir, 'images')].every((folder) => existsSync(folder)) ? 'warm' : 'cold'
