/** The policies of all namespaces, from the file that the operator writes. A file that becomes invalid changes nothing. */
import { readFile } from 'node:fs/promises'
import type { ClassLife } from '../messages/store/rows.ts'
import { readLives } from '../messages/policies.ts'
import type { Clock } from '../runtime/clock.ts'
import { named } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'

export interface Policies {
  /** Why there are none. Undefined: there are. */
  readonly problem: string | undefined
  /** Undefined: the policy is not known. */
  livesOf(namespace: string, policy: string): readonly ClassLife[] | undefined
  close(): void
}

const LOOK_EVERY_MS = 1_000

/** Reads the file, and again when it has changed. Until it is there, no policy is known. */
export async function openPolicies(o: {
  readonly file: string
  readonly clock: Clock
  readonly log: Log
}): Promise<Policies> {
  let lives: ReturnType<typeof readLives>
  let text: string | undefined
  async function read(): Promise<void> {
    const found = await readFile(o.file, 'utf8').catch(() => '')
    if (found === text) return
    text = found
    const valid = readLives(found)
    if (valid !== undefined) lives = valid
    else o.log.error({ file: named(o.file) }, 'the policies are not valid: those that were read last stay in use')
  }
  await read()
  let isEnded = false
  let cancel = () => {}
  const again = () => {
    cancel = o.clock.after(LOOK_EVERY_MS, () => void read().finally(() => isEnded || again()))
  }
  again()
  return {
    get problem() {
      return lives !== undefined
        ? undefined
        : 'there are no policies: check that the operator has written the ConfigMap callbot-policies'
    },
    livesOf: (namespace, policy) => lives?.get(`${namespace}/${policy}`),
    close() {
      isEnded = true
      cancel()
    },
  }
}
