/** Which packages an image has, read from its layers: what dpkg has installed there, the packages of npm that lie there, and Node. */
import { createHash } from 'node:crypto'
import { createReadStream, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { debianPurl, nodeModule, npmPurl, type Locks } from '../audit/bill.ts'
import { readSums } from '../cluster/pinned-node.ts'
import { repo } from '../cluster/settings.ts'
import { run } from '../cluster/shell.ts'
import type { ReleasedImage } from './images.ts'
import { blobFile, readManifest, type Part } from './layout.ts'

const STATUS = 'var/lib/dpkg/status'
const NODE = 'usr/local/bin/node'
/** A package itself, not a folder inside of one. */
const MODULE = /(^|\/)node_modules\/(@[^/]+\/)?[^/@]+\/package\.json$/

/** @returns purls, to compare with a bill of materials */
export async function readContents(image: ReleasedImage, part: Part, locks: Locks): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'contents-'))
  try {
    const modules = new Set<string>()
    for (const { digest } of readManifest(part).layers) {
      const layer = blobFile(part.layout, digest)
      const paths = (await run('tar', ['-tf', layer])).split('\n')
      const wanted = paths.filter((path) => [STATUS, NODE].includes(bare(path)) || MODULE.test(path))
      for (const path of wanted.filter((each) => MODULE.test(each))) modules.add(bare(path))
      if (wanted.length > 0)
        await run('tar', ['--no-same-owner', '-C', folder, '-xf', layer, '-T', '-'], { input: wanted.join('\n') })
    }
    const { suite } = locks.debian[image.lock]
    return [
      ...readStatus(readFileSync(join(folder, STATUS), 'utf8'), suite),
      ...[...modules].map((path) => moduleOf(readFileSync(join(folder, path), 'utf8'))),
      ...(existsSync(join(folder, NODE)) ? [await nodeOf(join(folder, NODE), part, locks)] : []),
    ]
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
}

/** A layer writes its paths with or without ./ before them. */
const bare = (path: string) => path.replace(/^\.\//, '')

/** Of dpkg's own list; a package that was removed leaves its stanza there. */
export const readStatus = (status: string, suite: string): string[] =>
  status
    .split(/\n\n+/)
    .filter((stanza) => /^Status: .* installed$/m.test(stanza))
    .map((stanza) => {
      const field = (name: string) => new RegExp(`^${name}: (.*)$`, 'm').exec(stanza)?.[1] ?? ''
      return debianPurl(field('Package'), field('Version'), field('Architecture'), suite)
    })

function moduleOf(text: string): string {
  const { name, version } = JSON.parse(text) as { name: string; version: string }
  return npmPurl(name, version)
}

/** The image has Node's binary without its package: it counts as that when it is the recorded one. */
async function nodeOf(file: string, { architecture }: Part, { npm }: Locks): Promise<string> {
  const name = nodeModule(architecture)
  const recorded = readSums(readFileSync(join(repo, 'hack', 'node.sha256'), 'utf8')).get(
    `node_modules/${name}/bin/node`,
  )
  const hash = createHash('sha256')
  for await (const chunk of createReadStream(file)) hash.update(chunk as Buffer)
  const found = hash.digest('hex')
  if (found !== recorded) return npmPurl(name, `unknown-${found}`)
  return npmPurl(name, npm.packages[`node_modules/${name}`]?.version ?? '')
}
