/** The images of a release. Pure. */

export type Architecture = 'amd64' | 'arm64'

export interface ReleasedImage {
  name: string
  dockerfile: string
  /** Where the chart has its repository, tag and digest. */
  value: string[]
  /** Debian packages that its Dockerfile installs; what they depend on is in the lock. */
  packages: string[]
  /** File of hack/images that has every package of it. */
  lock: 'packages.lock' | 'relay.lock'
  /** Whether it has Node and the production packages of npm. */
  hasNode: boolean
  architectures: Architecture[]
}

const both: Architecture[] = ['amd64', 'arm64']

export const RELEASED: readonly ReleasedImage[] = [
  {
    ...{ name: 'operator', dockerfile: 'Dockerfile', value: ['image'] },
    ...{ packages: ['ca-certificates', 'libatomic1'], lock: 'packages.lock' },
    ...{ hasNode: true, architectures: both },
  },
  {
    ...{ name: 'edge', dockerfile: 'Dockerfile.edge', value: ['edge', 'image'] },
    ...{ packages: ['ca-certificates', 'kamailio', 'kamailio-tls-modules'], lock: 'packages.lock' },
    ...{ hasNode: false, architectures: both },
  },
  {
    ...{ name: 'relay', dockerfile: 'Dockerfile.relay', value: ['edge', 'media', 'image'] },
    // Of Debian sid: Debian 13 has rtpengine from before the fix of CVE-2025-53399.
    ...{ packages: ['nftables', 'rtpengine-daemon'], lock: 'relay.lock' },
    ...{ hasNode: false, architectures: both },
  },
  {
    ...{ name: 'speech', dockerfile: 'Dockerfile.speech', value: ['speech', 'image'] },
    ...{ packages: ['ca-certificates', 'espeak-ng', 'libatomic1'], lock: 'packages.lock' },
    // @napi-rs/whisper has no build for Linux on arm64.
    ...{ hasNode: true, architectures: ['amd64'] },
  },
  {
    ...{ name: 'postgres', dockerfile: 'Dockerfile.postgres', value: ['records', 'postgres', 'image'] },
    ...{ packages: ['postgresql-17'], lock: 'packages.lock' },
    ...{ hasNode: false, architectures: both },
  },
]

/** @throws when no image has that name; names those that there are */
export function released(name: string): ReleasedImage {
  const found = RELEASED.find((image) => image.name === name)
  if (!found) throw new Error(`no image ${name}: use one of ${RELEASED.map((image) => image.name).join(', ')}`)
  return found
}

/** Its name in a registry. */
export const repositoryOf = (registry: string, image: ReleasedImage) => `${registry}/callbot-${image.name}`
