/** The picture of a drill in the README: it shows the times of a run, so it has evidence and becomes stale as any figure does. */
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { repo } from '../cluster/settings.ts'
import { PICTURE_EVIDENCE, PICTURE_FILE } from '../drill-picture.ts'
import type { Measured, Place } from './places.ts'

export const PICTURE = {
  name: 'picture of a drill',
  command: 'make demo, make picture',
  subject: ['src/operator/main.ts', 'src/edge/main.ts', 'src/voice/main.ts', 'charts'],
} as const

interface Drawn {
  /** Missing in those that were drawn before it was kept. */
  commit?: string
  status: { startedAt: string }
}

/** @throws Error when the evidence is not there */
export function pictureNow(): Measured {
  const { commit = 'unknown', status } = JSON.parse(readFileSync(join(repo, PICTURE_EVIDENCE), 'utf8')) as Drawn
  return { rounds: [{ at: status.startedAt, commit }] }
}

export function pictureAt(): Place {
  const lines = readFileSync(join(repo, 'README.md'), 'utf8').split('\n')
  return {
    page: 'README.md',
    line: lines.findIndex((line) => line.includes(`](${PICTURE_FILE})`)) + 1,
    name: PICTURE.name,
  }
}
