import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../../lib/canonical.ts'
import { replaceFile } from './replace-file.ts'

/** The last valid state of a mounted Secret, for a proxy or an agent that restarts in the same pod. */
export interface SecretCache<T, F> {
  read(): T | undefined
  /** Writes it next to the state before, under other names: a proxy that starts between two writes reads no mixture. */
  write(value: T): F
  /** Removes the files that this text does not name. */
  tidy(text: string): void
}

const STATE = 'state.json'

/**
 * @param folder outlives both containers, and not the pod
 * @param textsOf the files that the proxy reads, by key; `write` returns their paths by the same keys
 */
export function secretCache<T, F extends { [K in keyof F]?: string }>(
  folder: string,
  textsOf: (value: T) => F,
): SecretCache<T, F> {
  const put = (name: string, text: string) => {
    const path = join(folder, name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    replaceFile(path, text, 0o600)
    return path
  }
  return {
    read() {
      try {
        return JSON.parse(readFileSync(join(folder, STATE), 'utf8')) as T
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    write(value) {
      const id = fingerprint(value)
      const texts = Object.entries<string>(textsOf(value) as Record<string, string>)
      const paths = texts.map(([key, text]) => [key, put(`${id}.${key}`, text)])
      put(STATE, JSON.stringify(value))
      return Object.fromEntries(paths) as F
    },
    tidy(text) {
      for (const name of readdirSync(folder)) if (name !== STATE && !text.includes(name)) rmSync(join(folder, name))
    },
  }
}
