/** Which Debian packages an image consists of, beside those that hack/images/packages.lock records. Pure. */

export interface DebianPackage {
  name: string
  version: string
  architecture: string
  /** SHA-256 of the .deb, as Debian's signed index has it. */
  sha256: string
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
export function renderLock(packages: readonly DebianPackage[], suite: string, snapshot: string): string {
  const head = [
    '# Every Debian package of the images: name, version, architecture, SHA-256 of the .deb.',
    '# Written by `make lock-packages`; docs/guides/supply-chain.md says when.',
    `# suite ${suite}`,
    `# snapshot ${snapshot}`,
  ]
  const lines = packages.map((each) => `${each.name} ${each.version} ${each.architecture} ${each.sha256}`)
  return `${[...head, ...lines].join('\n')}\n`
}

/** Reads what renderLock writes. */
export function readLock(lock: string): DebianPackage[] {
  const lines = lock.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return lines.map((line) => {
    const [name = '', version = '', architecture = '', sha256 = ''] = line.split(' ')
    return { name, version, architecture, sha256 }
  })
}

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
