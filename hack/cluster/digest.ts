/** Whether files are still what something was made from. */
import { createHash } from 'node:crypto'
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { repo } from './settings.ts'

/**
 * One hash over names and contents.
 * @param root names count from there, so that the hash is the same in each checkout
 */
export function digestOfFiles(paths: readonly string[], salt = '', root = repo): string {
  const hash = createHash('sha256').update(salt)
  for (const path of paths.flatMap(filesBelow)) hash.update(`${relative(root, path)}\0`).update(readFileSync(path))
  return hash.digest('hex')
}

function filesBelow(path: string): string[] {
  if (!existsSync(path)) return []
  if (!statSync(path).isDirectory()) return [path]
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesBelow(join(path, name)))
}
