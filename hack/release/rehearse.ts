/**
 * A release against a registry on the loopback interface, with a key that lives as long: the images that `make images` built are pushed, signed and
 * verified, and what must not verify doesn't.
 */
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { readLocks } from '../audit/sbom.ts'
import { exported, layoutDir } from '../cluster/layout.ts'
import { step } from '../cluster/progress.ts'
import {
  cacheDir,
  edgeImage,
  operatorImage,
  postgresImage,
  relayImage,
  repo,
  speechImage,
} from '../cluster/settings.ts'
import type { Ran } from '../cluster/shell.ts'
import { assemble, referenceOf, type Assembled, type Release } from './assemble.ts'
import { RELEASED, repositoryOf, type ReleasedImage } from './images.ts'
import { imagesOfChart } from './install.ts'
import { ephemeralKey } from './key.ts'
import { assembleIndex, type Part } from './layout.ts'
import { attest, craneRun, push, sign, verify, type Identity } from './publish.ts'
import { startRegistry } from './registry.ts'

export interface Published {
  /** References by digest. */
  images: string[]
  chart: string
}
export interface Rehearsal {
  /** What verifies. */
  published: Published
  /** What must not verify, with what cosign says of it. */
  refused: Record<'unsigned' | 'changed', string>
}

const LOCAL: Record<string, string> = {
  ...{ operator: operatorImage, edge: edgeImage, relay: relayImage, speech: speechImage, postgres: postgresImage },
}
const architecture = process.arch === 'arm64' ? 'arm64' : 'amd64'

/**
 * @param withRelease what is done while the registry serves the release
 * @throws when something doesn't verify, or verifies and must not
 */
export async function rehearse(
  withRelease: (published: Published) => Promise<void> = async () => {},
): Promise<Rehearsal> {
  mkdirSync(cacheDir, { recursive: true })
  const folder = mkdtempSync(join(cacheDir, 'release-'))
  const registry = await step('a registry on the loopback interface', () => startRegistry(folder))
  try {
    const { version } = JSON.parse(readFileSync(join(repo, 'package.json'), 'utf8')) as { version: string }
    const parts = builtParts()
    const what = { version, registry: registry.name, parts, locks: readLocks() }
    const release = await assemble(join(folder, 'release'), what)
    const identity = await ephemeralKey(folder)
    const published = await publish(release, join(folder, 'release', 'sbom'), identity)
    const refused = await refuse(release, folder, identity)
    await withRelease(published)
    return { published, refused }
  } finally {
    await registry.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** @throws when `make images` hasn't built one that this machine's architecture has */
function builtParts(): [ReleasedImage, Part[]][] {
  const here = RELEASED.filter((image) => image.architectures.includes(architecture))
  return here.map((image) => {
    const manifest = exported(LOCAL[image.name]!)
    if (!manifest) throw new Error(`image ${image.name} was not built: run make images`)
    return [image, [{ architecture, layout: layoutDir, manifest }]]
  })
}

async function publish(release: Release, sboms: string, identity: Identity): Promise<Published> {
  const chart = await push(release)
  const images = release.images.map((each) => referenceOf(release.registry, each))
  for (const reference of [...images, chart]) {
    await step(`signing ${reference}`, () => sign(reference, identity))
    expectRight(reference, await step(`verifying ${reference}`, () => verify(reference, identity)))
  }
  await step('signing the bills of materials', () => attest(release, sboms, identity))
  const named = await imagesOfChart(chart)
  if (named.join() !== images.toSorted().join())
    throw new Error(`the chart names ${named.join(', ') || 'no image'}, signed were ${images.join(', ')}`)
  return { images, chart }
}

/** Two digests that must not verify: one that nobody signed, and one that took the place of what was signed, with its signature. */
async function refuse(
  { registry, images }: Release,
  folder: string,
  identity: Identity,
): Promise<Rehearsal['refused']> {
  const [signed] = images as [Assembled]
  const repository = repositoryOf(registry, signed.image)
  const pushOther = async (name: string) => {
    const layout = join(folder, name)
    const digest = assembleIndex(layout, signed.parts, name)
    await craneRun('push', '--index', layout, `${repository}:${name}`)
    return digest
  }
  const unsigned = await pushOther('unsigned')
  const changed = await pushOther('changed')
  // Where cosign looks for signatures of a digest in a registry without referrers of its own.
  const signatures = (digest: string) => `${repository}:${digest.replace(':', '-')}`
  await craneRun('copy', signatures(signed.digest), signatures(changed))
  return {
    unsigned: expectWrong(
      'an unsigned digest',
      /no signatures found/,
      await verify(`${repository}@${unsigned}`, identity),
    ),
    changed: expectWrong(
      'a changed digest',
      /digest does not match/,
      await verify(`${repository}@${changed}`, identity),
    ),
  }
}

function expectRight(what: string, { code, stderr }: Ran): void {
  if (code !== 0) throw new Error(`${what} does not verify: ${stderr.trim()}`)
}

/** @returns why it doesn't verify */
function expectWrong(what: string, because: RegExp, { code, stderr }: Ran): string {
  if (code === 0) throw new Error(`${what} verifies: signatures prove nothing`)
  // A registry that doesn't answer would refuse everything.
  if (!because.test(stderr)) throw new Error(`${what} does not verify, but for another reason: ${stderr.trim()}`)
  return stderr.trim().split('\n').at(-1)?.replace('error during command execution: ', '') ?? ''
}
