/** The policies of all namespaces, from the files that the operator writes. A file that becomes invalid changes nothing. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { readLives } from '../messages/policies.ts'
import type { ClassLife } from '../messages/store/rows.ts'
import { ALL_POLICIES_FILE, fileOfNamespace, namespaceOfFile, NAMESPACES_FILE } from '../rules/policy-file-names.ts'
import type { Clock } from '../runtime/clock.ts'
import { named } from '../runtime/log-fields.ts'
import type { Log } from '../runtime/log.ts'
import { currentVersion } from '../runtime/mounted-volume.ts'

export interface Policies {
  /** Why there are none. Undefined: there are. */
  readonly problem: string | undefined
  /** Undefined: the policy is not known. */
  livesOf(namespace: string, policy: string): readonly ClassLife[] | undefined
  close(): void
}

type Lives = NonNullable<ReturnType<typeof readLives>>

interface Known {
  readonly text: string
  /** Of the last text that was valid. */
  readonly lives: Lives | undefined
}

const LOOK_EVERY_MS = 1_000
const isOfPolicies = (name: string) => name === ALL_POLICIES_FILE || namespaceOfFile(name) !== undefined

/** Reads the files of a folder, and again when one has changed. Until one is there, no policy is known. */
export async function openPolicies(o: { folder: string; clock: Clock; log: Log }): Promise<Policies> {
  let files = new Map<string, Known>()
  /** The operator has written the list of namespaces, which may be empty. */
  let isListed = false
  async function read(): Promise<void> {
    const folder = await currentVersion(o.folder)
    const names: string[] = await readdir(folder).catch(() => [])
    isListed ||= names.includes(NAMESPACES_FILE)
    const found = await Promise.all(
      names.filter(isOfPolicies).map(async (name) => [name, await readOne(join(folder, name), name)] as const),
    )
    // A folder that can't be read now is no folder without policies.
    if (names.length > 0) files = new Map(found)
  }
  async function readOne(file: string, name: string): Promise<Known> {
    const before = files.get(name)
    const text = await readFile(file, 'utf8').catch(() => '')
    if (before?.text === text) return before
    const lives = readLives(text)
    if (lives === undefined)
      o.log.error({ file: named(name) }, 'the policies are not valid: those that were read last stay in use')
    return { text, lives: lives ?? before?.lives }
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
      const isThere = [...files.values()].some(({ lives }) => lives !== undefined)
      return isThere || isListed
        ? undefined
        : 'there are no policies: check that the operator has written the ConfigMap callbot-policies'
    },
    livesOf(namespace, policy) {
      const file = files.get(fileOfNamespace(namespace)) ?? files.get(ALL_POLICIES_FILE)
      return file?.lives?.get(`${namespace}/${policy}`)
    },
    close() {
      isEnded = true
      cancel()
    },
  }
}
