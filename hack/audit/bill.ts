/** What an image consists of, as CycloneDX, from the locks alone; and what the image has other than that. Pure. */
import { packagesOf, type LockedPackage } from '../cluster/debian-packages.ts'
import type { Architecture, ReleasedImage } from '../release/images.ts'

interface LockedModule {
  name?: string
  version?: string
  integrity?: string
  license?: string
  dev?: boolean
  os?: string[]
  cpu?: string[]
}
/** As npm writes package-lock.json. */
export interface NpmLock {
  version: string
  packages: Record<string, LockedModule>
}

export interface Locks {
  npm: NpmLock
  /** Of hack/images, by the names of the files. */
  debian: Record<ReleasedImage['lock'], { suite: string; packages: readonly LockedPackage[] }>
}

export interface Component {
  type: 'library'
  'bom-ref': string
  name: string
  version: string
  purl: string
  hashes: { alg: 'SHA-256' | 'SHA-512'; content: string }[]
  licenses?: { license: { name: string } }[]
}

export interface Bill {
  bomFormat: 'CycloneDX'
  specVersion: '1.5'
  version: 1
  metadata: { component: { type: 'container'; name: string; version: string } }
  components: Component[]
}

/** Names of processors as Node has them. */
const CPUS: Record<Architecture, string> = { amd64: 'x64', arm64: 'arm64' }

export const npmPurl = (name: string, version: string) => `pkg:npm/${name.replace('@', '%40')}@${version}`
export const debianPurl = (name: string, version: string, architecture: string, suite: string) =>
  `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=${suite}`

/** The package of npm that Node itself comes in. */
export const nodeModule = (architecture: Architecture) => `node-linux-${CPUS[architecture]}`

/** What an image has of each lock. */
export function billOf(image: ReleasedImage, architecture: Architecture, locks: Locks): Bill {
  const { suite, packages } = locks.debian[image.lock]
  const debian = packagesOf(packages, image.name, architecture).map(({ name, version, architecture: of, sha256 }) =>
    component(name, version, debianPurl(name, version, of, suite), [{ alg: 'SHA-256', content: sha256 }]),
  )
  return {
    ...{ bomFormat: 'CycloneDX', specVersion: '1.5', version: 1 },
    metadata: { component: { type: 'container', name: `callbot-${image.name}`, version: locks.npm.version } },
    components: [...(image.hasNode ? npmComponents(locks.npm, architecture) : []), ...debian],
  }
}

function npmComponents({ packages }: NpmLock, architecture: Architecture): Component[] {
  const isHere = ({ os, cpu, dev }: LockedModule) =>
    dev !== true && (os?.includes('linux') ?? true) && (cpu?.includes(CPUS[architecture]) ?? true)
  const found = Object.entries(packages).filter(([path, module]) => path !== '' && isHere(module))
  const components = found.map(([path, { name = path.split('node_modules/').at(-1)!, version = '', ...module }]) => {
    const hashes = (module.integrity ?? '').split(' ').filter((each) => each.startsWith('sha512-'))
    const contents = hashes.map((each) => Buffer.from(each.slice('sha512-'.length), 'base64').toString('hex'))
    const licenses = module.license === undefined ? {} : { licenses: [{ license: { name: module.license } }] }
    const hash = contents.map((content) => ({ alg: 'SHA-512' as const, content }))
    return { ...component(name, version, npmPurl(name, version), hash), ...licenses }
  })
  return [...new Map(components.map((each) => [each.purl, each])).values()]
}

const component = (name: string, version: string, purl: string, hashes: Component['hashes']): Component => ({
  ...{ type: 'library', 'bom-ref': purl, name, version, purl, hashes },
})

/**
 * @param installed purls of what an image has
 * @returns a sentence for each package that is in one of both alone
 */
export function differences(bill: Bill, installed: readonly string[]): string[] {
  const listed = new Set(bill.components.map(({ purl }) => purl))
  const has = new Set(installed)
  return [
    ...[...has].filter((purl) => !listed.has(purl)).map((purl) => `the image has ${purl}, its bill doesn't`),
    ...[...listed].filter((purl) => !has.has(purl)).map((purl) => `the bill has ${purl}, its image doesn't`),
  ]
}
