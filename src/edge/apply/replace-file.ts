import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a file that others read meanwhile: they see the whole old text or the whole new one.
 * @param prepare gets the path of the new file before it takes the other's place
 */
export function replaceFile(path: string, text: string, mode: number, prepare?: (fresh: string) => void): void {
  const fresh = `${path}.new`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(fresh, text, { mode })
  prepare?.(fresh)
  renameSync(fresh, path)
}
