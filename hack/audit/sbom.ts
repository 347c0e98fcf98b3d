/** The bill of materials of each image and architecture, in out/sbom. */
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLock } from '../cluster/debian-packages.ts'
import { packagesLock, relayLock, repo } from '../cluster/settings.ts'
import { RELEASED, type Architecture, type ReleasedImage } from '../release/images.ts'
import { billOf, type Locks, type NpmLock } from './bill.ts'

export const sbomDir = join(repo, 'out', 'sbom')

export const sbomFile = (image: ReleasedImage, architecture: Architecture, folder = sbomDir) =>
  join(folder, `callbot-${image.name}-${architecture}.cdx.json`)

/** The locks of this checkout. */
export function readLocks(): Locks {
  const debian = (file: string) => {
    const text = readFileSync(file, 'utf8')
    return { suite: /^# suite (\S+)$/m.exec(text)?.[1] ?? '', packages: readLock(text) }
  }
  const npm = JSON.parse(readFileSync(join(repo, 'package-lock.json'), 'utf8')) as NpmLock
  return { npm, debian: { 'packages.lock': debian(packagesLock), 'relay.lock': debian(relayLock) } }
}

/**
 * Writes one file for each image and architecture.
 * @returns the number of files
 */
export function writeSboms(folder = sbomDir): number {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const locks = readLocks()
  const all = RELEASED.flatMap((image) => image.architectures.map((architecture) => ({ image, architecture })))
  for (const { image, architecture } of all) {
    const bill = billOf(image, architecture, locks)
    writeFileSync(sbomFile(image, architecture, folder), `${JSON.stringify(bill, undefined, 2)}\n`)
  }
  return all.length
}
