/** The project's image: prepared, built, exported and imported only as far as its inputs changed. */
import { createHash } from 'node:crypto'
import { copyFileSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { dirname, join } from 'node:path'
import {
  ensureBaseImage,
  ensureEdgeBaseImage,
  ensurePostgresBaseImage,
  ensureRelayBaseImage,
  importEverywhere,
  onBase,
} from './base-images.ts'
import { digestOfFiles } from './digest.ts'
import { readFileIfAny, writeFile } from './files.ts'
import { buildah, exported, exportImage } from './layout.ts'
import { withLock } from './lock.ts'
import { checkNode, nodeBinary } from './pinned-node.ts'
import { say, step } from './progress.ts'
import * as settings from './settings.ts'
import { run } from './shell.ts'
import { ensureSpeechImage, prepareSpeechContext } from './speech-image.ts'

const { baseImage, cacheDir, edgeImage, operatorImage, postgresImage, repo, speechImage } = settings
/** The proxy, the media relay and the database: Debian's packages and not a line of ours, so each is built again only with its Dockerfile. */
const OF_PACKAGES = [
  { name: 'edge', image: edgeImage, base: settings.edgeBaseImage, ensureBase: ensureEdgeBaseImage },
  { name: 'relay', image: settings.relayImage, base: settings.relayBaseImage, ensureBase: ensureRelayBaseImage },
  { name: 'postgres', image: postgresImage, base: settings.postgresBaseImage, ensureBase: ensurePostgresBaseImage },
]

/** What the Dockerfile copies, besides the prepared folder. */
const sources = ['Dockerfile', '.dockerignore', 'package.json', 'hack/images', 'src', 'crds']
const preparedIn = (checkout: string) => join(checkout, 'out', 'image')

/** Builds the images and gives them to the zones. */
export async function images(): Promise<void> {
  await buildImages()
  await importImages()
}

/** Without a cluster. The store is one for all clusters of this machine. */
export const buildImages = () => withLock(buildAll, 'lock-images')

/**
 * The project's image of another checkout, beside ours.
 * @param image its reference, with a tag that no other checkout uses
 */
export async function imageOf(checkout: string, image: string): Promise<void> {
  await withLock(async () => {
    await ensureBaseImage()
    await buildOperatorImage(checkout, image)
  }, 'lock-images')
  await step(`${image} into three zones`, () => importEverywhere(image))
}

/** Gives the zones those that have changed. */
export async function importImages(): Promise<void> {
  for (const { image } of OF_PACKAGES) await importEverywhere(image)
  await step('speech image into three zones', () => importEverywhere(speechImage))
  const moved = await step('image into three zones', () => importEverywhere(operatorImage))
  say(moved === 0 ? `${operatorImage} is in all zones` : `${operatorImage}: ${(moved / 1e6).toFixed(1)} MB moved`)
}

async function buildAll(): Promise<void> {
  await ensureBaseImage()
  await buildOperatorImage()
  for (const image of OF_PACKAGES) await ensurePackagesImage(image)
  await ensureSpeechImage(readFileIfAny(join(preparedIn(repo), 'inputs')) ?? '')
}

const markOf = (image: string) =>
  join(cacheDir, 'images', `${createHash('sha256').update(image).digest('hex').slice(0, 12)}.inputs`)

/** A hash of what the image at hand was built from; its tag stays the same. Undefined when it was not built here. */
export const builtFrom = (image = operatorImage) => readFileIfAny(markOf(image))

/** Builds and exports the image unless it was built from exactly these inputs. */
async function buildOperatorImage(checkout = repo, image = operatorImage): Promise<void> {
  await prepareContext(checkout)
  const inputs = digestOfFiles(
    sources.map((name) => join(checkout, name)),
    readFileIfAny(join(preparedIn(checkout), 'inputs')) ?? '',
    checkout,
  )
  if (exported(image) && builtFrom(image) === inputs) return
  await step(`building image ${image}`, async () => {
    const args = ['--layers', '--isolation', 'chroot', ...onBase(baseImage), '--tag', image]
    await buildah(['build', '--quiet', ...args, checkout])
    await exportImage(image)
  })
  writeFile(markOf(image), inputs)
}

/** What all Dockerfiles want. */
export async function prepareContexts(): Promise<void> {
  await prepareContext(repo)
  await prepareSpeechContext()
}

async function ensurePackagesImage({ name, image, base, ensureBase }: (typeof OF_PACKAGES)[number]): Promise<void> {
  await ensureBase()
  const dockerfile = join(repo, `Dockerfile.${name}`)
  const inputs = digestOfFiles([dockerfile, join(repo, 'hack', 'images')], base)
  const built = join(cacheDir, 'images', `${name}.inputs`)
  if (exported(image) && readFileIfAny(built) === inputs) return
  await step(`building image ${image}`, async () => {
    const args = ['--isolation', 'chroot', ...onBase(base), '--tag', image]
    await buildah(['build', '--quiet', ...args, '--file', dockerfile, repo])
    await exportImage(image)
  })
  writeFile(built, inputs)
}

/**
 * Fills out/image with what the Dockerfile wants and Git has not: the Node binary and the production packages. Made on the
 * host, because a build container has neither npm nor a registry here; `docker build` uses the same folder.
 */
async function prepareContext(checkout: string): Promise<void> {
  const prepared = preparedIn(checkout)
  const inputs = digestOfFiles(
    ['package-lock.json', 'hack/node.sha256'].map((name) => join(checkout, name)),
    '',
    checkout,
  )
  if (readFileIfAny(join(prepared, 'inputs')) === inputs) return
  const fresh = `${prepared}.${process.pid}`
  await step('production packages for the image', async () => {
    rmSync(fresh, { recursive: true, force: true })
    mkdirSync(fresh, { recursive: true })
    for (const file of ['package.json', 'package-lock.json']) copyFileSync(join(checkout, file), join(fresh, file))
    await run('npm', ['ci', '--omit=dev', '--ignore-scripts', '--no-audit', '--no-fund'], { cwd: fresh })
    checkNode(fresh, checkout)
    renameSync(join(fresh, nodeBinary), join(fresh, 'node'))
    rmSync(join(fresh, dirname(dirname(nodeBinary))), { recursive: true })
    rmSync(join(fresh, 'node_modules', '.bin', 'node'))
    dropForeignBinaries(join(fresh, 'node_modules', 'onnxruntime-node', 'bin'))
  })
  rmSync(prepared, { recursive: true, force: true })
  renameSync(fresh, prepared)
  writeFile(join(prepared, 'inputs'), inputs)
}

/** onnxruntime-node carries its library for every platform: 240 MB that no Linux pod of this architecture can load. */
function dropForeignBinaries(bin: string): void {
  if (!existsSync(bin)) return
  for (const version of readdirSync(bin)) {
    for (const platform of readdirSync(join(bin, version))) {
      for (const arch of readdirSync(join(bin, version, platform))) {
        if (platform === process.platform && arch === process.arch) continue
        rmSync(join(bin, version, platform, arch), { recursive: true, force: true })
      }
    }
  }
}
