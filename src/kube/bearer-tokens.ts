import { readFile } from 'node:fs/promises'
import type { Clock } from '../runtime/clock.ts'

/** Gives the Authorization header, and a fresh one when the server did not like the last. */
export interface Credentials {
  header(): Promise<string | undefined>
  /** Called after a 401. Drops what is cached; true when the next header may differ. */
  renew(): boolean
}

export const noCredentials: Credentials = { header: async () => undefined, renew: () => false }

export function staticToken(token: string): Credentials {
  return { header: async () => `Bearer ${token}`, renew: () => false }
}

/** Kubelet writes a new token at 80 % of its life, so a look each ten seconds is early enough by minutes. */
const LOOK_AGAIN_MS = 10_000

/** A token in a file that others replace (projected service account tokens). */
export function tokenFile(path: string, clock: Pick<Clock, 'monotonic'>): Credentials {
  let token: string | undefined
  let readAt = -Infinity
  return {
    async header() {
      if (token === undefined || clock.monotonic() - readAt >= LOOK_AGAIN_MS) {
        token = (await readFile(path, 'utf8').catch((cause) => keepOrThrow(token, path, cause))).trim()
        readAt = clock.monotonic()
      }
      return `Bearer ${token}`
    },
    renew() {
      readAt = -Infinity
      return true
    },
  }
}

function keepOrThrow(token: string | undefined, path: string, cause: unknown): string {
  if (token !== undefined) return token
  throw new Error(`cannot read the token file ${path}: mount a service account token, or set KUBECONFIG`, { cause })
}
