import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { fingerprint } from '../../lib/canonical.ts'
import type { CallerTrust } from '../plan/caller-trust.ts'
import type { CallerFiles } from '../render/tls-profiles.ts'
import { replaceFile } from './replace-file.ts'

/** Whose certificates callers have to show, for a proxy or an agent that starts anew in the same pod. */
export interface CallerCache {
  read(): CallerTrust | undefined
  /** Writes it beside what was kept before, under other names: a proxy that starts between two writes reads no mixture. */
  write(trust: CallerTrust): CallerFiles
  /** Removes what that text does not name. */
  prune(text: string): void
}

const TRUST_FILE = 'trust.json'

/** @param folder that outlives both containers, and not the pod */
export function createCallerCache(folder: string): CallerCache {
  const put = (name: string, text: string) => {
    const path = join(folder, name)
    mkdirSync(folder, { recursive: true, mode: 0o700 })
    replaceFile(path, text, 0o600)
    return path
  }
  return {
    read() {
      try {
        return JSON.parse(readFileSync(join(folder, TRUST_FILE), 'utf8')) as CallerTrust
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
        throw error
      }
    },
    write(trust) {
      const id = fingerprint(trust)
      const ca = put(`${id}.crt`, trust.ca)
      const crl = trust.crl && put(`${id}.crl`, trust.crl.pem)
      put(TRUST_FILE, JSON.stringify(trust))
      return { ca, ...(crl !== undefined && { crl }) }
    },
    prune(text) {
      for (const name of readdirSync(folder))
        if (name !== TRUST_FILE && !text.includes(name)) rmSync(join(folder, name))
    },
  }
}
