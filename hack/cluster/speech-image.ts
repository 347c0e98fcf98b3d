/** The image of the embedded speech server: the operator's source with espeak-ng and the models, built again only as far as its inputs changed. */
import { copyFileSync, linkSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { ensureModels, recipe } from '../speech/models.ts'
import { ensureSpeechBaseImage, onBase } from './base-images.ts'
import { digestOfFiles } from './digest.ts'
import { readFileIfAny, writeFile } from './files.ts'
import { buildah, exported, exportImage } from './layout.ts'
import { step } from './progress.ts'
import { cacheDir, repo, speechBaseImage, speechImage } from './settings.ts'

const prepared = join(repo, 'out', 'speech', 'models')
const built = join(cacheDir, 'images', 'speech.inputs')

/** A hash of what the speech image at hand was built from; undefined when it was not built here. */
export const speechBuiltFrom = () => readFileIfAny(built)

/** Fills out/speech with the models that Dockerfile.speech copies. */
export async function prepareSpeechContext(): Promise<void> {
  const models = await ensureModels()
  const from = process.env['CALLBOT_MODELS_DIR'] ?? recipe()
  const mark = join(repo, 'out', 'speech', 'inputs')
  if (readFileIfAny(mark) === from && process.env['CALLBOT_MODELS_DIR'] === undefined) return
  const fresh = `${prepared}.${process.pid}`
  rmSync(fresh, { recursive: true, force: true })
  mkdirSync(fresh, { recursive: true })
  for (const name of readdirSync(models)) linkOrCopy(join(models, name), join(fresh, name))
  rmSync(prepared, { recursive: true, force: true })
  renameSync(fresh, prepared)
  writeFile(mark, from)
}

/** 300 MB need not be there twice, unless the cache is on another file system. */
function linkOrCopy(from: string, to: string): void {
  try {
    linkSync(from, to)
  } catch {
    copyFileSync(from, to)
  }
}

/** @param nodeAndPackages what out/image was made from */
export async function ensureSpeechImage(nodeAndPackages: string): Promise<void> {
  await ensureSpeechBaseImage()
  await prepareSpeechContext()
  const sources = ['Dockerfile.speech', '.dockerignore', 'package.json', 'hack/images', 'src'].map((name) =>
    join(repo, name),
  )
  const models = readFileIfAny(join(repo, 'out', 'speech', 'inputs')) ?? ''
  const inputs = digestOfFiles(sources, `${nodeAndPackages}${models}`)
  if (exported(speechImage) && speechBuiltFrom() === inputs) return
  await step(`building image ${speechImage}`, async () => {
    const args = ['--layers', '--isolation', 'chroot', ...onBase(speechBaseImage), '--tag', speechImage]
    await buildah(['build', '--quiet', ...args, '--file', join(repo, 'Dockerfile.speech'), repo])
    await exportImage(speechImage)
  })
  writeFile(built, inputs)
}
