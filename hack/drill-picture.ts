/** `make picture`: the picture of a drill in the README, of the one that `make demo` played last. */
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FailoverDrill } from '../src/api/failover-drill.ts'
import { repo } from './cluster/settings.ts'
import { commitOf } from './evidence.ts'

export const PICTURE_FILE = 'docs/drill.svg'
/** What it is drawn from. */
export const PICTURE_EVIDENCE = 'docs/evidence/pictures/drill.json'

/** What `make demo` leaves: the drill, and what `drill report` drew of it. */
const [DRILL, DRAWN] = [join(repo, 'out', 'demo-drill.json'), join(repo, 'out', 'drill.svg')]

/** Keeps all that the picture shows, and of which code it is. */
export function keepDrill({ metadata, spec, status }: FailoverDrill): void {
  const { integrationRef, side, scenario, mode } = spec
  const { verdict, startedAt, finishedAt, reached } = status ?? {}
  const { name, namespace } = metadata
  const kept = {
    commit: commitOf(repo).id,
    metadata: { name, namespace },
    spec: { integrationRef, side, scenario, mode },
    status: { verdict, startedAt, finishedAt, reached },
  }
  writeFileSync(DRILL, `${JSON.stringify(kept, undefined, 2)}\n`)
}

if (import.meta.main) {
  for (const path of [DRILL, DRAWN]) {
    if (!existsSync(path)) throw new Error(`there is no ${path}: run make demo first`)
    copyFileSync(path, join(repo, path.endsWith('.svg') ? PICTURE_FILE : PICTURE_EVIDENCE))
  }
  process.stdout.write(`${PICTURE_EVIDENCE}\n${PICTURE_FILE}\n`)
}
