/** `make picture`: the picture of a drill in the README, of the one that `make demo` played last. */
import { copyFileSync, existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import type { FailoverDrill } from '../src/api/failover-drill.ts'
import { repo } from './cluster/settings.ts'

/** What `make demo` leaves: the drill, and what `drill report` drew of it. */
const [DRILL, DRAWN] = [join(repo, 'out', 'demo-drill.json'), join(repo, 'out', 'drill.svg')]

/** Keeps all that the picture shows. */
export function keepDrill({ metadata, spec, status }: FailoverDrill): void {
  const { integrationRef, side, scenario, mode } = spec
  const { verdict, startedAt, finishedAt, reached } = status ?? {}
  const { name, namespace } = metadata
  const kept = {
    metadata: { name, namespace },
    spec: { integrationRef, side, scenario, mode },
    status: { verdict, startedAt, finishedAt, reached },
  }
  writeFileSync(DRILL, `${JSON.stringify(kept, undefined, 2)}\n`)
}

if (import.meta.main) {
  for (const path of [DRILL, DRAWN]) {
    if (!existsSync(path)) throw new Error(`there is no ${path}: run make demo first`)
    copyFileSync(path, join(repo, 'docs', path.endsWith('.svg') ? 'drill.svg' : 'drill.json'))
  }
  process.stdout.write('docs/drill.json\ndocs/drill.svg\n')
}
