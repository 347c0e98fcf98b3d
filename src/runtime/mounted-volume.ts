import { realpath } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * The folder with the current version of a mounted Secret or ConfigMap. A kubelet swaps `..data` as a whole: reading through its target never
 * mixes an old key with a new one. A folder without `..data` is its own.
 */
export const currentVersion = (folder: string): Promise<string> => realpath(join(folder, '..data')).catch(() => folder)
