import { readFile, readdir, realpath } from 'node:fs/promises'
import { join } from 'node:path'

/** Reads all keys of a mounted Secret, as text. A kubelet swaps `..data` as a whole: reading through its target mixes no versions. */
export async function readMounted(folder: string): Promise<Map<string, string>> {
  const from = await realpath(join(folder, '..data')).catch(() => folder)
  const names = await readdir(from)
  return new Map(
    await Promise.all(names.map(async (name) => [name, await readFile(join(from, name), 'utf8')] as const)),
  )
}
