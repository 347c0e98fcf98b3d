import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isReleasedTo, notReleased, RELEASE_KEY } from '../rules/secret-hosts.ts'
import { currentVersion } from '../runtime/mounted-volume.ts'
import { EndpointFault } from './endpoint-fault.ts'

/**
 * Keys of one mounted Secret. Read for each request: a Secret may come after the pod, and change.
 * @param hosts to which what is read is shown; each of them must be released by the Secret. Empty: to nobody, as an authority to believe.
 * @throws EndpointFault if a key is missing, or a host not released
 */
export type ReadSecret = <K extends string>(
  name: string,
  keys: readonly K[],
  hosts: readonly string[],
) => Promise<Record<K, string>>

/** The host of an address, as a Secret names it. */
export const hostOf = (url: string | URL) => new URL(url).hostname.replace(/^\[|\]$/g, '')

/** @param folder with a folder for each Secret */
export function secretsIn(folder: string): ReadSecret {
  return async (name, keys, hosts) => {
    const from = await currentVersion(join(folder, name))
    const read = (key: string) => readFile(join(from, key), 'utf8').catch(() => '')
    const [released, ...texts] = await Promise.all([RELEASE_KEY, ...keys].map(read))
    const missing = keys.find((_, at) => texts[at]!.trim() === '')
    if (missing !== undefined)
      throw new EndpointFault('unreachable', `the Secret ${name} has no ${missing}: make it, or add it`, false)
    const stranger = hosts.find((host) => !isReleasedTo(released, host))
    if (stranger !== undefined) throw new EndpointFault('unreachable', notReleased(name, stranger), false)
    return Object.fromEntries(keys.map((key, at) => [key, texts[at]!.trim()])) as Record<(typeof keys)[number], string>
  }
}
