/** Which packages Debian would install, on a machine of any architecture: apt resolves them from the mirror's signed indices, and nothing is installed. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readShown, type DebianPackage } from '../cluster/debian-packages.ts'
import { run } from '../cluster/shell.ts'
import type { Architecture } from './images.ts'

const KEYRING = '/usr/share/keyrings/debian-archive-keyring.gpg'
const MIRROR = 'http://deb.debian.org'
/** What every Debian has, as mmdebstrap and the base of our Dockerfiles have it. */
const BASE = ['?or(?essential,?priority(required))', 'apt']

export interface Index {
  /** Packages that these and a minimal Debian consist of. */
  resolve(names: readonly string[]): Promise<DebianPackage[]>
}

/**
 * @param folder for apt's state, so that the machine's own is neither read nor changed
 * @throws when the mirror can't be reached, or isn't signed by Debian
 */
export async function fetchIndex(folder: string, suite: string, architecture: Architecture): Promise<Index> {
  const dir = join(folder, `${suite}-${architecture}`)
  for (const each of ['lists/partial', 'archives/partial', 'etc/sources.list.d', 'etc/preferences.d', 'etc/apt.conf.d'])
    mkdirSync(join(dir, each), { recursive: true })
  writeFileSync(join(dir, 'status'), '')
  writeFileSync(join(dir, 'etc', 'sources.list'), sources(suite).join('\n') + '\n')
  const settings = {
    ...{ 'APT::Architecture': architecture, 'APT::Architectures': architecture, 'APT::Install-Recommends': 'false' },
    ...{
      'Dir::Etc': join(dir, 'etc'),
      'Dir::State': dir,
      'Dir::State::status': join(dir, 'status'),
      'Dir::Cache': dir,
    },
    // A mirror that lags behind has an index that is past its date; it is signed all the same.
    ...{ 'Acquire::Check-Valid-Until': 'false', 'Acquire::Languages': 'none' },
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-o', `${name}=${value}`])
  await run('apt-get', [...options, 'update', '-q', '--error-on=any'])
  return {
    async resolve(names) {
      const printed = await run('apt-get', [...options, 'install', '--simulate', '-qq', ...BASE, ...names])
      return readShown(await run('apt-cache', [...options, 'show', ...readSimulated(printed)]))
    },
  }
}

/** sid has neither updates nor security. */
function sources(suite: string): string[] {
  const line = (archive: string, name: string) => `deb [signed-by=${KEYRING}] ${MIRROR}/${archive} ${name} main`
  if (suite === 'sid') return [line('debian', suite)]
  return [line('debian', suite), line('debian', `${suite}-updates`), line('debian-security', `${suite}-security`)]
}

/** NAME=VERSION of what `apt-get install --simulate` would install. */
const readSimulated = (printed: string): string[] =>
  printed.split('\n').flatMap((line) => {
    const [, name, version] = /^Inst (\S+) \((\S+) /.exec(line) ?? []
    return name === undefined ? [] : [`${name}=${version}`]
  })
