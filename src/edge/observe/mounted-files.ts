import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { currentVersion } from '../../runtime/mounted-volume.ts'

/** Reads all keys of a mounted Secret, as text, of one version. */
export async function readMounted(folder: string): Promise<Map<string, string>> {
  const from = await currentVersion(folder)
  const names = await readdir(from)
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(from, name), 'utf8')] as const)),
  )
}
