/** From built images to what is pushed: one index for each image, and the chart that names it by its digest. */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse } from 'yaml'
import { billOf, differences, type Locks } from '../audit/bill.ts'
import { sbomFile } from '../audit/sbom.ts'
import { chartDir, helm } from '../chart.ts'
import { step } from '../cluster/progress.ts'
import { checkValues } from './checks.ts'
import { readContents } from './contents.ts'
import { repositoryOf, type ReleasedImage } from './images.ts'
import { assembleIndex, type Part } from './layout.ts'
import { releaseValues } from './values.ts'

export interface Assembled {
  image: ReleasedImage
  parts: Part[]
  layout: string
  /** Of the index over all architectures. */
  digest: string
}

export interface Release {
  version: string
  registry: string
  images: Assembled[]
  /** Archive of the chart. */
  chart: string
}

/** Its name in the registry, by digest. */
export const referenceOf = (registry: string, { image, digest }: Assembled) =>
  `${repositoryOf(registry, image)}@${digest}`

/**
 * @param folder made new
 * @throws when an image has other packages than its bill of materials, or the chart a default that no cluster can pull
 */
export async function assemble(
  folder: string,
  {
    version,
    registry,
    parts,
    locks,
  }: { version: string; registry: string; parts: [ReleasedImage, Part[]][]; locks: Locks },
): Promise<Release> {
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(join(folder, 'sbom'), { recursive: true })
  const images: Assembled[] = []
  for (const [image, built] of parts) {
    for (const part of built) await checkContents(folder, image, part, locks)
    const layout = join(folder, image.name)
    images.push({ image, parts: built, layout, digest: assembleIndex(layout, built, version) })
  }
  return { version, registry, images, chart: await packageChart(folder, { version, registry, images }) }
}

async function checkContents(folder: string, image: ReleasedImage, part: Part, locks: Locks): Promise<void> {
  const bill = billOf(image, part.architecture, locks)
  writeFileSync(sbomFile(image, part.architecture, join(folder, 'sbom')), `${JSON.stringify(bill, undefined, 2)}\n`)
  const title = `packages of image ${image.name} for ${part.architecture}`
  const found = differences(bill, await step(title, () => readContents(image, part, locks)))
  if (found.length === 0) return
  const some = found.slice(0, 5).join('; ')
  throw new Error(
    `image ${image.name} for ${part.architecture} differs from its bill of materials in ${found.length} packages (${some}): build it again from today's locks; if Debian has moved on, run make lock-packages first`,
  )
}

async function packageChart(folder: string, { version, registry, images }: Omit<Release, 'chart'>): Promise<string> {
  const chart = join(folder, 'chart', 'callbot-operator')
  cpSync(chartDir, chart, { recursive: true })
  const file = join(chart, 'values.yaml')
  const digests = new Map(images.map(({ image, digest }) => [image.name, digest]))
  const text = releaseValues(readFileSync(file, 'utf8'), registry, digests)
  const problems = checkValues(parse(text), registry)
  if (problems.length > 0) throw new Error(problems.join('\n'))
  writeFileSync(file, text)
  await helm(['package', chart, '--destination', folder])
  return join(folder, `callbot-operator-${version}.tgz`)
}
