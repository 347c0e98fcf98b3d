/** People's voices with the written text of what they say, for tests and benches: Debian's French prompts for Asterisk (CC BY-SA 3.0). */
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { gunzipSync } from 'node:zlib'
import { PACKAGES_LOCK } from '../calls/debian.ts'
import { once } from '../cluster/lock.ts'
import { step } from '../cluster/progress.ts'
import { cacheDir } from '../cluster/settings.ts'
import { run, tryRun } from '../cluster/shell.ts'

export interface Recording {
  /** As the prompt is called, such as "vm-goodbye". */
  readonly name: string
  /** WAV, 8 kHz, 16 bit, one channel. */
  readonly file: string
  /** What is said in it, as its publishers wrote it, with their slips. */
  readonly text: string
}

const packages = ['asterisk-core-sounds-fr-wav', 'asterisk-core-sounds-fr']
const folder = join(cacheDir, 'recordings', 'fr')
const sounds = join(folder, 'usr', 'share', 'asterisk', 'sounds', 'fr_CA_f_June')
const texts = join(folder, 'usr', 'share', 'doc', 'asterisk-core-sounds-fr', 'core-sounds-fr.txt.gz')

/** Some 550 French recordings of one woman (fr-CA) with their texts; fetched once. */
export async function fetchRecordings(): Promise<Recording[]> {
  await once(
    () => existsSync(folder),
    () => step('fetching French recordings', fetchPackages),
    PACKAGES_LOCK,
  )
  return readTexts(String(gunzipSync(readFileSync(texts))))
    .map(({ name, text }) => ({ name, text, file: join(sounds, `${name}.wav`) }))
    .filter(({ file }) => existsSync(file))
}

async function fetchPackages(): Promise<void> {
  const parent = join(cacheDir, 'recordings')
  mkdirSync(parent, { recursive: true })
  const fresh = mkdtempSync(join(parent, 'fetch-'))
  try {
    const download = () => tryRun('apt-get', ['download', '-q', ...packages], { cwd: fresh })
    if ((await download()).code !== 0) {
      await run('apt-get', ['update', '-q']) // a fresh machine has no lists yet
      const again = await download()
      if (again.code !== 0) {
        throw new Error(`the recordings can't be fetched: let apt-get reach a Debian mirror\n${again.stderr.trim()}`)
      }
    }
    const unpacked = join(fresh, 'unpacked')
    for (const file of readdirSync(fresh)) await run('dpkg-deb', ['-x', join(fresh, file), unpacked])
    renameSync(unpacked, folder)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
}

/** "name: text" a line; comments begin with a semicolon. */
export function readTexts(content: string): { name: string; text: string }[] {
  return content.split('\n').flatMap((line) => {
    const [, name, text] = /^([^;:\s][^:]*):\s*(.+?)\s*$/.exec(line) ?? []
    return name !== undefined && text !== undefined ? [{ name, text }] : []
  })
}
