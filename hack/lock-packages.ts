/** Writes hack/images/packages.lock from what Debian's mirror has now. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, imagePackages } from './cluster/base-images.ts'
import { renderLock } from './cluster/debian-packages.ts'
import { ensurePackages } from './cluster/packages.ts'
import { step } from './cluster/progress.ts'
import { cacheDir, packagesLock } from './cluster/settings.ts'

await ensurePackages()
mkdirSync(cacheDir, { recursive: true })
const dir = mkdtempSync(join(cacheDir, 'lock-'))
try {
  const snapshot = new Date().toISOString().replace(/[-:]|[.]\d+/g, '')
  const packages = await step('Debian packages of the images', () => bootstrap(imagePackages, join(dir, 'rootfs.tar')))
  writeFileSync(packagesLock, renderLock(packages, snapshot))
  console.log(`${packages.length} packages in ${packagesLock}: commit it`)
} finally {
  rmSync(dir, { recursive: true, force: true })
}
