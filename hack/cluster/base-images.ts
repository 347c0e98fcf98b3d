/** The images that everything else stands on, made here from Debian packages and our own binaries: no registry needed. */
import { copyFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { binary, coredns } from './binaries.ts'
import { compareWithLock, readLock, readShown, type DebianPackage } from './debian-packages.ts'
import { released } from '../release/images.ts'
import { buildah, exported, exportImage, importImage, isBuilt } from './layout.ts'
import { say, step } from './progress.ts'
import {
  baseImage,
  cacheDir,
  dnsImage,
  edgeBaseImage,
  edgeImage,
  operatorImage,
  packagesLock,
  repo,
  postgresBaseImage,
  postgresImage,
  relayBaseImage,
  relayImage,
  relayLock,
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
export const ensureBaseImage = () => ensureDebianImage(baseImage, 'operator')

/** The same with Kamailio, which people with a registry get by Dockerfile.edge. */
export const ensureEdgeBaseImage = () => ensureDebianImage(edgeBaseImage, 'edge')

/** The same as the operator's with espeak-ng, which people with a registry get by Dockerfile.speech. */
export const ensureSpeechBaseImage = () => ensureDebianImage(speechBaseImage, 'speech')

/** The same with PostgreSQL, which people with a registry get by Dockerfile.postgres. */
export const ensurePostgresBaseImage = () => ensureDebianImage(postgresBaseImage, 'postgres')

/** Debian sid with rtpengine, which people with a registry get by Dockerfile.relay. */
export const ensureRelayBaseImage = () => ensureDebianImage(relayBaseImage, 'relay', 'sid', relayLock)

async function ensureDebianImage(image: string, name: string, suite = 'trixie', lock = packagesLock): Promise<void> {
  if (await isBuilt(image)) return
  await step(`building image ${image} from Debian packages (once)`, () =>
    inTemporary(async (dir) => {
      reportDrift(await bootstrap(released(name).packages, join(dir, 'rootfs.tar'), suite), lock)
      writeFileSync(join(dir, 'Dockerfile'), 'FROM scratch\nADD rootfs.tar /\nCMD ["/bin/bash"]\n')
      await buildah(['build', '--quiet', '--isolation', 'chroot', '--tag', image, dir])
    }),
  )
}

/**
 * Debian with these packages, as the mirror has them now.
 * @param suite trixie is Debian 13
 * @returns every package that is in it
 */
async function bootstrap(packages: readonly string[], tar: string, suite: string): Promise<DebianPackage[]> {
  const trim = ['--dpkgopt=path-exclude=/usr/share/man/*', '--dpkgopt=path-exclude=/usr/share/locale/*']
  // What a package brings only to compile queries: 150 MB, and jit is off.
  const jit = ['--dpkgopt=path-exclude=*/libLLVM*', '--dpkgopt=path-exclude=/usr/lib/postgresql/17/lib/bitcode/*']
  const docs = ['--dpkgopt=path-exclude=/usr/share/doc/*', '--dpkgopt=path-include=/usr/share/doc/*/copyright']
  const shown = `${tar}.packages`
  const show = `dpkg-query -W -f '\${binary:Package}=\${Version}\\n' | xargs apt-cache show`
  const hook = `chroot "$1" sh -c ${quoted(show)} > ${quoted(shown)}`
  // A mirror that lags behind has an index that is past its date; it is signed all the same.
  const apt = ['--aptopt=Apt::Install-Recommends "false"', '--aptopt=Acquire::Check-Valid-Until "false"']
  const what = [
    '--variant=minbase',
    `--include=${packages.join()}`,
    ...trim,
    ...jit,
    ...docs,
    `--customize-hook=${hook}`,
  ]
  await run('mmdebstrap', [...what, ...apt, suite, tar])
  return readShown(readFileSync(shown, 'utf8'))
}

const quoted = (text: string) => `'${text.replaceAll("'", `'\\''`)}'`

/**
 * Debian moves on, so what differs from the lock is only reported here: release images refuse it (hack/images/packages.sh).
 * @throws when a package has another content than the lock has for the same version
 */
function reportDrift(found: readonly DebianPackage[], lock: string): void {
  const { moved, forged } = compareWithLock(found, readLock(readFileSync(lock, 'utf8')))
  if (forged.length > 0) {
    throw new Error(`the Debian mirror serves what is not Debian's, use another one: ${forged.join('; ')}`)
  }
  if (moved.length === 0) return
  const rest = moved.length > 5 ? ` and ${moved.length - 5} more` : ''
  say(
    `Debian has moved on from ${relative(repo, lock)} (\`make lock-packages\` follows): ${moved.slice(0, 5).join('; ')}${rest}`,
  )
}

/** Arguments of a build on a base that was made here: what differs from the lock was reported when it was made. */
export const onBase = (image: string) => ['--from', image, '--build-arg', 'DRIFT=report']

/** Gives a zone what its pods need, and our own images if they were built: a new or repaired zone is like the others. */
export async function importClusterImages(zone: Zone): Promise<void> {
  const ours = [operatorImage, edgeImage, relayImage, speechImage, postgresImage].filter((image) => exported(image))
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
