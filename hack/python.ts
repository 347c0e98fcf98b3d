/** Python packages of PyPI, pinned by hash in a requirements.txt, each list of them once in a folder of the cache. */
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { step } from './cluster/progress.ts'
import { cacheDir } from './cluster/settings.ts'
import { run } from './cluster/shell.ts'

/**
 * The folder with the packages, for PYTHONPATH.
 * @param what names them, for people
 * @throws when PyPI can't be reached, or serves something else than what is pinned
 */
export async function pythonPackages(name: string, what: string, requirements: string): Promise<string> {
  const hash = createHash('sha256').update(readFileSync(requirements)).digest('hex').slice(0, 12)
  const dir = join(cacheDir, `${name}-${hash}`)
  if (!existsSync(dir)) await step(`installing ${what} (once)`, () => install(dir, what, requirements))
  return dir
}

/** With --target neither a virtual environment nor Debian's own packages take part. */
async function install(dir: string, what: string, requirements: string): Promise<void> {
  const fresh = `${dir}.${process.pid}`
  mkdirSync(cacheDir, { recursive: true })
  const how = ['--quiet', '--disable-pip-version-check', '--no-warn-script-location', '--root-user-action=ignore']
  const pinned = ['--require-hashes', '--no-deps', '--requirement', requirements, '--target', fresh]
  await run('python3', ['-m', 'pip', 'install', ...how, ...pinned]).catch((cause: Error) => {
    throw new Error(`${what} can't be installed: let pip reach PyPI, with Python 3.11 or newer\n${cause.message}`, {
      cause,
    })
  })
  rmSync(dir, { recursive: true, force: true })
  renameSync(fresh, dir)
}
