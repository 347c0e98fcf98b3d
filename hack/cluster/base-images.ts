/** The images that everything else stands on, made here from Debian packages and our own binaries: no registry needed. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { binary, coredns } from './binaries.ts'
import { buildah, exported, exportImage, importImage, isBuilt } from './layout.ts'
import { step } from './progress.ts'
import {
  baseImage,
  cacheDir,
  dnsImage,
  edgeBaseImage,
  edgeImage,
  operatorImage,
  speechBaseImage,
  speechImage,
  toolImage,
  zones,
  type Zone,
} from './settings.ts'
import { run } from './shell.ts'

/** Makes an image from a folder of files, unless it is in the cache. */
async function ensureScratchImage(image: string, dockerfile: string, files: Record<string, string>): Promise<void> {
  if (exported(image)) return
  await step(`building image ${image}`, () =>
    inTemporary(async (dir) => {
      for (const [name, source] of Object.entries(files)) copyFileSync(source, join(dir, name))
      writeFileSync(join(dir, 'Dockerfile'), dockerfile)
      await buildah(['build', '--quiet', '--isolation', 'chroot', '--tag', image, dir])
      await exportImage(image)
    }),
  )
}

/**
 * Busybox: the pause container of every pod, and a toolbox for tests (`kubectl run --image localhost/busybox:local`).
 * As pause it just sleeps; containerd ends a sandbox with SIGKILL, so it need not listen to signals.
 */
export async function ensureToolImage(): Promise<void> {
  const dockerfile = `FROM scratch
COPY busybox /bin/busybox
COPY busybox /bin/sh
USER 65532:65532
ENTRYPOINT ["/bin/busybox"]
CMD ["sleep", "2147483647"]
`
  await ensureScratchImage(toolImage, dockerfile, { busybox: '/bin/busybox' })
}

/** CoreDNS, a static binary alone in its image. */
export async function ensureDnsImage(): Promise<void> {
  const dockerfile = `FROM scratch
COPY coredns /coredns
USER 65532:65532
ENTRYPOINT ["/coredns"]
`
  await ensureScratchImage(dnsImage, dockerfile, { coredns: binary(coredns, 'coredns') })
}

/** Debian 13 with certificates and a library that Node wants; what `debian:trixie-slim` is to people with a registry. */
export const ensureBaseImage = () => ensureDebianImage(baseImage, ['ca-certificates', 'libatomic1'])

/** The same with Kamailio, which people with a registry get by Dockerfile.edge. */
export const ensureEdgeBaseImage = () =>
  ensureDebianImage(edgeBaseImage, ['ca-certificates', 'kamailio', 'kamailio-tls-modules'])

/** The same as the operator's with espeak-ng, which people with a registry get by Dockerfile.speech. */
export const ensureSpeechBaseImage = () =>
  ensureDebianImage(speechBaseImage, ['ca-certificates', 'libatomic1', 'espeak-ng'])

async function ensureDebianImage(image: string, packages: readonly string[]): Promise<void> {
  if (await isBuilt(image)) return
  await step(`building image ${image} from Debian packages (once)`, () =>
    inTemporary(async (dir) => {
      const tar = join(dir, 'rootfs.tar')
      const trim = ['--dpkgopt=path-exclude=/usr/share/man/*', '--dpkgopt=path-exclude=/usr/share/locale/*']
      const docs = ['--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-include=/usr/share/doc/*/copyright']
      const what = ['--variant=minbase', `--include=${packages.join()}`, ...trim, ...docs]
      await run('mmdebstrap', [...what, '--aptopt=Apt::Install-Recommends "false"', 'trixie', tar])
      writeFileSync(join(dir, 'Dockerfile'), 'FROM scratch\nADD rootfs.tar /\nCMD ["/bin/bash"]\n')
      await buildah(['build', '--quiet', '--isolation', 'chroot', '--tag', image, dir])
    }),
  )
}

/** Gives a zone what its pods need, and our own images if they were built: a new or mended zone is like the others. */
export async function importClusterImages(zone: Zone): Promise<void> {
  const ours = [operatorImage, edgeImage, speechImage].filter((image) => exported(image))
  for (const image of [toolImage, dnsImage, ...ours]) await importImage(zone, image)
}

/** Imports one image into all zones; resolves with the bytes moved. */
export async function importEverywhere(image: string): Promise<number> {
  const moved = await Promise.all(zones.map((zone) => importImage(zone, image)))
  return moved.reduce((sum, bytes) => sum + bytes, 0)
}

/** A folder in the cache (not in /tmp, which may be small) that goes away. */
async function inTemporary<T>(work: (dir: string) => Promise<T>): Promise<T> {
  if (!existsSync(cacheDir)) mkdirSync(cacheDir, { recursive: true })
  const dir = mkdtempSync(join(cacheDir, 'image-'))
  try {
    return await work(dir)
  } finally {
    rmSync(dir, { recursive: true, force: true })
  }
}
