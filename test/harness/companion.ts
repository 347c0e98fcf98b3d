/** A second process that plays the same test file, for a proof that waits more than it works. */
import { spawn } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SUMMARY_FILE } from '../../hack/tests/group.ts'

/** In the companion: the file to which it hands over what it found. */
const HANDOVER = 'TEST_HANDOVER'

export interface Companion<T> {
  /** What it found. @throws when it failed, or ended without a word */
  result(): Promise<T>
  stop(): void
}

/** @param env what it is to do otherwise than this process */
export function startCompanion<T>(file: string, env: Record<string, string>): Companion<T> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-companion-'))
  const handover = join(folder, 'found.json')
  const child = spawn('mocha', [file], {
    env: { ...process.env, ...env, [HANDOVER]: handover, [SUMMARY_FILE]: join(folder, 'summary.json') },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const ended = new Promise<number | null>((resolve, reject) => {
    child.on('error', reject)
    child.on('exit', resolve)
  })
  // Whoever asks for the result hears of it; until then it is nobody's failure.
  ended.catch(() => undefined)
  return {
    async result() {
      const code = await ended
      try {
        if (code !== 0) throw new Error(`the second process failed (${code}): its words are above`)
        return JSON.parse(readFileSync(handover, 'utf8')) as T
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
    stop: () => void child.kill(),
  }
}

/** Hands over what was found, where this process is a companion. @returns whether it is one */
export function handOver(found: unknown): boolean {
  const path = process.env[HANDOVER]
  if (path === undefined) return false
  writeFileSync(path, JSON.stringify(found))
  return true
}
