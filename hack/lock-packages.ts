/** Writes the locks of hack/images from what Debian's mirror has now, for each architecture of each image. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { mergeLocked, packagesOf, renderLock, type LockedPackage } from './cluster/debian-packages.ts'
import { step } from './cluster/progress.ts'
import { cacheDir, packagesLock, relayLock } from './cluster/settings.ts'
import { RELEASED, type Architecture } from './release/images.ts'
import { fetchIndex } from './release/resolve.ts'

/** Of the mirror's index, as snapshot.debian.org writes it: a mirror may lag behind, and sid of another day has other packages. */
async function dateOf(suite: string): Promise<string> {
  const index = await (await fetch(`http://deb.debian.org/debian/dists/${suite}/InRelease`)).text()
  const [, date = ''] = /^Date: (.*)$/m.exec(index) ?? []
  // Point releases are rare and updates are not in their index: for those the time of now.
  const time = suite === 'sid' ? new Date(date) : new Date()
  return time.toISOString().replace(/[-:]|[.]\d+/g, '')
}

interface Resolved {
  image: string
  architecture: Architecture
  packages: LockedPackage[]
}

async function resolveAll(dir: string, suite: string, lock: string): Promise<Resolved[]> {
  const resolved: Resolved[] = []
  for (const architecture of ['amd64', 'arm64'] as const) {
    const index = await step(`index of Debian ${suite} for ${architecture}`, () => fetchIndex(dir, suite, architecture))
    const images = RELEASED.filter((each) => each.lock === lock && each.architectures.includes(architecture))
    for (const { name, packages } of images) {
      const found = await index.resolve(packages)
      resolved.push({ image: name, architecture, packages: found.map((each) => ({ ...each, images: [name] })) })
    }
  }
  return resolved
}

/** A package of all architectures has one line for both: it must not be in an image of one alone. */
function checkLines(all: readonly LockedPackage[], resolved: readonly Resolved[]): void {
  for (const { image, architecture, packages } of resolved) {
    const wanted = new Set(packages.map(({ name }) => name))
    const extra = packagesOf(all, image, architecture).filter(({ name }) => !wanted.has(name))
    if (extra.length === 0) continue
    const names = extra.map(({ name }) => name).join(', ')
    throw new Error(`image ${image} has ${names} on one architecture, not on ${architecture}: the lock can't say that`)
  }
}

mkdirSync(cacheDir, { recursive: true })
const dir = mkdtempSync(join(cacheDir, 'lock-'))
try {
  const locks = [
    { suite: 'trixie', lock: 'packages.lock', file: packagesLock },
    { suite: 'sid', lock: 'relay.lock', file: relayLock },
  ]
  for (const { suite, lock, file } of locks) {
    const resolved = await resolveAll(dir, suite, lock)
    const packages = mergeLocked(resolved.flatMap((each) => each.packages))
    checkLines(packages, resolved)
    writeFileSync(file, renderLock(packages, suite, await dateOf(suite)))
    console.log(`${packages.length} packages in ${file}: commit it`)
  }
} finally {
  rmSync(dir, { recursive: true, force: true })
}
