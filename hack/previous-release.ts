/** The release before this one, which clusters have when they upgrade: its chart and its image. */
import { execFileSync } from 'node:child_process'
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { imageOf } from './cluster/image.ts'
import { repo } from './cluster/settings.ts'

export interface PreviousRelease {
  /** The folder of its chart. */
  chart: string
  /** The image of its operator, bots and edges. */
  image: string
}

/** A commit, and no tag: clones may lack tags. */
const FILE = join(repo, 'hack', 'previous-release')

/** Checks it out below out/, builds its image, and gives it to the zones. Harmless to repeat. */
export async function previousRelease(): Promise<PreviousRelease> {
  const commit = readFileSync(FILE, 'utf8').trim()
  const folder = join(repo, 'out', 'previous-release', commit)
  checkOut(commit, folder)
  const image = `localhost/callbot-operator:${commit.slice(0, 12)}`
  await imageOf(folder, image)
  return { chart: join(folder, 'charts', 'callbot-operator'), image }
}

/**
 * Its files, without history, in a folder that is there whole or not at all.
 * @throws when the clone has no such commit, with the cure
 */
export function checkOut(commit: string, folder: string, from = repo): void {
  if (existsSync(folder)) return
  const fresh = `${folder}.${process.pid}`
  mkdirSync(fresh, { recursive: true })
  try {
    const archive = execFileSync('git', ['archive', commit], {
      ...{ cwd: from, maxBuffer: 1 << 30, stdio: ['ignore', 'pipe', 'ignore'] },
    })
    execFileSync('tar', ['-x', '-C', fresh], { input: archive })
  } catch {
    rmSync(fresh, { recursive: true })
    throw new Error(`hack/previous-release names commit ${commit}, which this clone lacks: git fetch origin ${commit}`)
  }
  renameSync(fresh, folder)
}
