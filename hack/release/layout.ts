/** Images as OCI layouts: folders in which a manifest and its layers lie by their digests. */
import { createHash } from 'node:crypto'
import { existsSync, linkSync, copyFileSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Architecture } from './images.ts'

export interface Descriptor {
  mediaType: string
  digest: string
  size: number
}
export interface Manifest {
  config: Descriptor
  layers: Descriptor[]
}
/** One image of one architecture, in a layout that may have others too. */
export interface Part {
  architecture: Architecture
  layout: string
  manifest: Descriptor
}

export const blobFile = (layout: string, digest: string) => join(layout, 'blobs', ...digest.split(':'))

export const readManifest = ({ layout, manifest }: Part): Manifest =>
  JSON.parse(readFileSync(blobFile(layout, manifest.digest), 'utf8')) as Manifest

/**
 * The only image of a layout, as an image builder writes it.
 * @throws when there is another number of them
 */
export function onlyPart(layout: string, architecture: Architecture): Part {
  const { manifests } = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8')) as { manifests: Descriptor[] }
  const [manifest, ...others] = manifests
  if (!manifest || others.length > 0)
    throw new Error(
      `${layout} has ${manifests.length} images: build it with --provenance=false, into a folder of its own`,
    )
  return { architecture, layout, manifest }
}

/**
 * Makes a layout of its own: one index over the architectures. Its digest is known before anything is pushed.
 * @returns digest of the index
 */
export function assembleIndex(layout: string, parts: readonly Part[], version: string): string {
  rmSync(layout, { recursive: true, force: true })
  mkdirSync(join(layout, 'blobs', 'sha256'), { recursive: true })
  for (const part of parts) {
    const { config, layers } = readManifest(part)
    for (const { digest } of [part.manifest, config, ...layers])
      linkOrCopy(blobFile(part.layout, digest), blobFile(layout, digest))
  }
  const index = JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: parts.map(({ architecture, manifest: { mediaType, digest, size } }) => ({
      ...{ mediaType, digest, size, platform: { os: 'linux', architecture } },
    })),
    annotations: { 'org.opencontainers.image.version': version },
  })
  writeFileSync(join(layout, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  writeFileSync(join(layout, 'index.json'), index)
  return digestOf(index)
}

export const digestOf = (content: string | Buffer) => `sha256:${createHash('sha256').update(content).digest('hex')}`

/** Layers are large, and the cache may be on another file system. */
function linkOrCopy(from: string, to: string): void {
  if (existsSync(to)) return
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}
