import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/**
 * Writes a file that others read meanwhile: they see the whole old text or the whole new one.
 * @param prepare gets the path of the new file before it takes the other's place
 */
export function replaceFile(path: string, text: string, mode: number, prepare?: (temporary: string) => void): void {
  const temporary = `${path}.new`
  mkdirSync(dirname(path), { recursive: true })
  writeFileSync(temporary, text, { mode })
  prepare?.(temporary)
  renameSync(temporary, path)
}
