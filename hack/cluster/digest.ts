/** Whether files are still what something was made from. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'

/** One hash over names, modes and contents. */
export function digestOfFiles(paths: readonly string[], salt = ''): string {
  const hash = createHash('sha256').update(salt)
  for (const path of paths.flatMap(filesBelow)) hash.update(`${path}\0`).update(readFileSync(path))
  return hash.digest('hex')
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}
