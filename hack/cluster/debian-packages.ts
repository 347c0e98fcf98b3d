/** Which Debian packages an image consists of, beside those that hack/images/packages.lock records. Pure. */

export interface DebianPackage {
  name: string
  version: string
  architecture: string
  /** SHA-256 of the .deb, as Debian's signed index has it. */
  sha256: string
}

export interface LockedPackage extends DebianPackage {
  /** Names of the images that have it. */
  images: string[]
}

/** Reads what `apt-cache show` prints of installed packages, in the order of their names. */
export function readShown(shown: string): DebianPackage[] {
  const stanzas = shown.split(/\n\n+/).filter((text) => text.startsWith('Package: '))
  const field = (text: string, name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(text)?.[1] ?? ''
  return stanzas
    .map((text) => ({
      name: field(text, 'Package'),
      version: field(text, 'Version'),
      architecture: field(text, 'Architecture'),
      sha256: field(text, 'SHA256'),
    }))
    .sort((one, other) => (one.name < other.name ? -1 : 1))
}

/**
 * @param suite of Debian
 * @param snapshot time of the archive that has these packages, as snapshot.debian.org writes it, such as 20261126T170000Z
 */
export function renderLock(packages: readonly LockedPackage[], suite: string, snapshot: string): string {
  const head = [
    '# Every Debian package of the images: name, version, architecture, SHA-256 of the .deb, images that have it.',
    '# Written by `make lock-packages`; docs/guides/supply-chain.md says when.',
    `# suite ${suite}`,
    `# snapshot ${snapshot}`,
  ]
  const lines = packages.map((each) =>
    [each.name, each.version, each.architecture, each.sha256, each.images.join()].join(' '),
  )
  return `${[...head, ...lines].join('\n')}\n`
}

/** Reads what renderLock writes. */
export function readLock(lock: string): LockedPackage[] {
  const lines = lock.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [name = '', version = '', architecture = '', sha256 = '', images = ''] = line.split(' ')
    return { name, version, architecture, sha256, images: images.split(',') }
  })
}

/** One line for each package, with all images that have it. */
export function mergeLocked(packages: readonly LockedPackage[]): LockedPackage[] {
  const merged = new Map<string, LockedPackage>()
  for (const each of packages) {
    const key = `${each.name} ${each.architecture}`
    const images = new Set([...(merged.get(key)?.images ?? []), ...each.images])
    merged.set(key, { ...each, images: [...images].toSorted() })
  }
  return [...merged].toSorted(([one], [other]) => (one < other ? -1 : 1)).map(([, each]) => each)
}

/** What an image has on an architecture. */
export const packagesOf = (lock: readonly LockedPackage[], image: string, architecture: string): LockedPackage[] =>
  lock.filter((each) => each.images.includes(image) && ['all', architecture].includes(each.architecture))

export interface Drift {
  /** Differences that an update of Debian explains, one sentence each. */
  moved: string[]
  /** Packages with another content under the same version: no update does that. */
  forged: string[]
}

/** What an image has other than recorded. The lock may hold more than one image needs. */
export function compareWithLock(found: readonly DebianPackage[], lock: readonly DebianPackage[]): Drift {
  const recorded = new Map(lock.map((each) => [`${each.name} ${each.architecture}`, each]))
  const drift: Drift = { moved: [], forged: [] }
  for (const { name, version, architecture, sha256 } of found) {
    const known = recorded.get(`${name} ${architecture}`)
    if (!known) drift.moved.push(`${name} ${version} is not in the lock`)
    else if (known.version !== version) drift.moved.push(`${name} is ${version}, the lock has ${known.version}`)
    else if (known.sha256 !== sha256)
      drift.forged.push(`${name} ${version} has the SHA-256 ${sha256}, the lock has ${known.sha256}`)
  }
  return drift
}
