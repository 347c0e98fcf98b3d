/** Writes the locks of hack/images from what Debian's mirror has now. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { bootstrap, imagePackages, relayPackages } from './cluster/base-images.ts'
import { renderLock } from './cluster/debian-packages.ts'
import { ensurePackages } from './cluster/packages.ts'
import { step } from './cluster/progress.ts'
import { cacheDir, packagesLock, relayLock } from './cluster/settings.ts'

/** Of the mirror's index, as snapshot.debian.org writes it: a mirror may lag behind, and sid of another day has other packages. */
async function dateOf(suite: string): Promise<string> {
  const index = await (await fetch(`http://deb.debian.org/debian/dists/${suite}/InRelease`)).text()
  const [, date = ''] = /^Date: (.*)$/m.exec(index) ?? []
  // Point releases are rare and updates are not in their index: for those the time of now.
  const time = suite === 'sid' ? new Date(date) : new Date()
  return time.toISOString().replace(/[-:]|[.]\d+/g, '')
}

await ensurePackages()
mkdirSync(cacheDir, { recursive: true })
const dir = mkdtempSync(join(cacheDir, 'lock-'))
try {
  const locks = [
    { suite: 'trixie', names: imagePackages, file: packagesLock },
    { suite: 'sid', names: relayPackages, file: relayLock },
  ]
  for (const { suite, names, file } of locks) {
    const tar = join(dir, `${suite}.tar`)
    const packages = await step(`Debian ${suite} packages of the images`, () => bootstrap(names, tar, suite))
    writeFileSync(file, renderLock(packages, suite, await dateOf(suite)))
    console.log(`${packages.length} packages in ${file}: commit it`)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
