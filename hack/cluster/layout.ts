/**
 * From buildah's storage to the zones' containerds. Images pass through an OCI layout folder in the cache; a zone gets a tar
 * with just the blobs that it lacks, so a change of source code moves a few hundred kilobytes.
 */
import { existsSync, symlinkSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { cacheDir, runDir, type Zone } from './settings.ts'
import { run, tryRun, type RunOptions } from './shell.ts'
import { ctr } from './zone.ts'

type Descriptor = { mediaType: string; digest: string; size: number; annotations?: Record<string, string> }
type Manifest = { config: Descriptor; layers: Descriptor[] }

/** Where exported images lie, all of them in one OCI layout. */
export const layoutDir = join(cacheDir, 'oci')
const blobFile = (digest: string) => join(layoutDir, 'blobs', ...digest.split(':'))

const storage = () => [
  ...['--root', join(cacheDir, 'storage'), '--runroot', join(runDir, 'buildah')],
  ...['--storage-driver', 'overlay'],
]

/** buildah with a storage of our own: the user's images are not touched, and `down --purge` removes ours. */
export const buildah = (args: readonly string[], options: RunOptions = {}) =>
  run('buildah', [...storage(), ...args], options)

/** True when the storage has the image. */
export const isBuilt = async (image: string) =>
  (await tryRun('buildah', [...storage(), 'inspect', '--type', 'image', image])).code === 0

/** Copies an image to the layout folder; layers that are there already are not written again. */
export async function exportImage(image: string): Promise<Descriptor> {
  mkdirSync(layoutDir, { recursive: true })
  const tag = tagOf(image)
  await buildah(['push', '--quiet', '--disable-compression', image, `oci:${layoutDir}:${tag}`])
  return exported(image)!
}

/** The image's manifest in the layout folder, if it is there. */
export function exported(image: string): Descriptor | undefined {
  const file = join(layoutDir, 'index.json')
  if (!existsSync(file)) return undefined
  const { manifests } = JSON.parse(readFileSync(file, 'utf8')) as { manifests: Descriptor[] }
  const found = manifests.find((each) => each.annotations?.['org.opencontainers.image.ref.name'] === tagOf(image))
  return found && existsSync(blobFile(found.digest)) ? found : undefined
}

/** True when the zone's containerd has exactly this image under this name, whole: a machine that was switched off may keep the name and lose the rest. */
export async function hasImage(zone: Zone, image: string, digest: string): Promise<boolean> {
  const args = ['--address', zone.socket, '-n', 'k8s.io', 'images', 'check', `name==${image}`]
  const { stdout } = await tryRun('ctr', args)
  const row = stdout.split('\n').find((line) => line.startsWith(`${image} `))
  return row !== undefined && row.includes(digest) && / complete \(/.test(row) && / true *$/.test(row)
}

/**
 * Gives a zone an image. Resolves with the bytes that had to be moved, 0 when it has it. Tries twice: containerd may have
 * collected a layer between our look and its own.
 */
export const importImage = (zone: Zone, image: string): Promise<number> =>
  importOnce(zone, image).catch(() => importOnce(zone, image))

async function importOnce(zone: Zone, image: string): Promise<number> {
  const descriptor = exported(image)
  if (!descriptor) throw new Error(`${image} was not built: run \`make images\``)
  if (await hasImage(zone, image, descriptor.digest)) return 0
  const present = new Set((await ctr(zone, 'content', 'ls', '--quiet')).split('\n'))
  const manifest = JSON.parse(readFileSync(blobFile(descriptor.digest), 'utf8')) as Manifest
  const blobs = [descriptor, manifest.config, ...manifest.layers].filter(({ digest }) => !present.has(digest))
  const staging = mkdtempSync(join(layoutDir, 'staging-'))
  try {
    stage(staging, image, descriptor, blobs)
    // Streamed: three copies of a large image would cost more than everything else in a start.
    const pipe = 'tar -C "$0" -ch oci-layout index.json blobs | ctr --address "$1" --namespace k8s.io images import -'
    await run('bash', ['-o', 'pipefail', '-c', pipe, staging, zone.socket])
  } finally {
    rmSync(staging, { recursive: true, force: true })
  }
  return blobs.reduce((sum, { size }) => sum + size, 0)
}

/** Lays out an OCI archive that holds one name and the given blobs (as links); containerd has the others already. */
function stage(dir: string, image: string, manifest: Descriptor, blobs: readonly Descriptor[]): void {
  mkdirSync(join(dir, 'blobs', 'sha256'), { recursive: true })
  writeFileSync(join(dir, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}')
  const entry = { ...manifest, annotations: { 'io.containerd.image.name': image } }
  writeFileSync(join(dir, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [entry] }))
  for (const { digest } of blobs) symlinkSync(blobFile(digest), join(dir, 'blobs', ...digest.split(':')))
}

const tagOf = (image: string) => image.replace(/[^a-zA-Z0-9.-]+/g, '-')
