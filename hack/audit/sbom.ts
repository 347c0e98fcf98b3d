/** What the images consist of, as CycloneDX: the production packages of npm, and Node and the Debian packages that lie below. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { readLock } from '../cluster/debian-packages.ts'
import { packagesLock, repo } from '../cluster/settings.ts'
import { run } from '../cluster/shell.ts'

interface Bom {
  components: object[]
}

/** Writes the bill of materials; resolves with the number of components. */
export async function writeSbom(file: string): Promise<number> {
  const args = ['sbom', '--package-lock-only', '--omit=dev', '--sbom-format=cyclonedx', '--sbom-type=application']
  const bom = JSON.parse(await run('npm', args, { cwd: repo })) as Bom
  const debian = readLock(readFileSync(packagesLock, 'utf8')).map(({ name, version, architecture, sha256 }) => ({
    type: 'library',
    name,
    version,
    purl: `pkg:deb/debian/${name}@${encodeURIComponent(version)}?arch=${architecture}&distro=trixie`,
    hashes: [{ alg: 'SHA-256', content: sha256 }],
  }))
  bom.components = [...bom.components, ...debian]
  writeFileSync(file, `${JSON.stringify(bom, undefined, 2)}\n`)
  return bom.components.length
}

export const sbomFile = join(repo, 'out', 'sbom.cdx.json')
