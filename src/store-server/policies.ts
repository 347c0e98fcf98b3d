/** For how long the policies of all namespaces keep what, from the files that the operator writes. */
import { readLives } from '../messages/policies.ts'
import type { Hold } from '../rules/retention/holds.ts'
import type { ClassLife } from '../messages/store/rows.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { createPolicyFiles } from '../store/policy-files.ts'

export interface Policies {
  /** Why there are none. Undefined: there are. */
  readonly problem: string | undefined
  /** Undefined: the policy is not known. */
  livesOf(namespace: string, policy: string): readonly ClassLife[] | undefined
  /** Undefined: the policy is not known, or has no such legal hold. */
  holdOf(namespace: string, policy: string, hold: string): Hold | undefined
  close(): void
}

const LOOK_EVERY_MS = 1_000

/** Reads the files of a folder, and again when one has changed. Until one is there, no policy is known. */
export async function openPolicies(o: { folder: string; clock: Clock; log: Log }): Promise<Policies> {
  const files = createPolicyFiles({ folder: o.folder, parse: readLives, log: o.log })
  await files.read()
  let isEnded = false
  let cancel = () => {}
  const again = () => {
    cancel = o.clock.after(LOOK_EVERY_MS, () => void files.read().finally(() => isEnded || again()))
  }
  again()
  const policyOf = (namespace: string, policy: string) =>
    files
      .known()
      ?.byNamespace.get(namespace)
      ?.find(({ name }) => name === policy)
  return {
    get problem() {
      return files.known() === undefined
        ? 'there are no policies: check that the operator has written the ConfigMap callbot-policies'
        : undefined
    },
    livesOf: (namespace, policy) => policyOf(namespace, policy)?.rules,
    holdOf: (namespace, policy, hold) => policyOf(namespace, policy)?.legalHolds.find(({ name }) => name === hold),
    close() {
      isEnded = true
      cancel()
    },
  }
}
