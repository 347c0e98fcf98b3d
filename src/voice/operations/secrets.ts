import { readFile, realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { EndpointFault } from './fault.ts'

/** Keys of one mounted Secret. Read for each request: a Secret may come after the pod, and change. @throws EndpointFault if one is missing */
export type ReadSecret = <K extends string>(name: string, keys: readonly K[]) => Promise<Record<K, string>>

/** @param folder with a folder for each Secret */
export function secretsIn(folder: string): ReadSecret {
  return async (name, keys) => {
    // A kubelet swaps `..data` as a whole: reading through its target never mixes an old certificate with a new key.
    const from = await realpath(join(folder, name, '..data')).catch(() => join(folder, name))
    const texts = keys.map(async (key) => {
      const text = await readFile(join(from, key), 'utf8').catch(() => '')
      if (text.trim() !== '') return [key, text.trim()] as const
      throw new EndpointFault('unreachable', `the Secret ${name} has no ${key}: make it, or add it`, false)
    })
    return Object.fromEntries(await Promise.all(texts)) as Record<(typeof keys)[number], string>
  }
}
