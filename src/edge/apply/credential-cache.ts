import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Parts } from '../plan/trunk-credentials.ts'
import { replaceFile } from './replace-file.ts'

/** The credentials that are used, for an agent that restarts in the same pod. */
export interface CredentialCache {
  write(parts: ReadonlyMap<string, Parts>): void
  read(): Map<string, Parts>
}

/** @param folder in memory, never on a disk */
export function createCredentialCache(folder: string): CredentialCache {
  const path = join(folder, 'credentials.json')
  let written: string | undefined
  return {
    write(parts) {
      const text = JSON.stringify([...parts])
      if (text === written) return
      replaceFile(path, text, 0o600)
      written = text
    },
    read() {
      try {
        return new Map(JSON.parse(readFileSync(path, 'utf8')) as [string, Parts][])
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return new Map()
        throw error
      }
    },
  }
}
