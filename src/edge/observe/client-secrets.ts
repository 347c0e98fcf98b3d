import type { Kube } from '../../kube/client.ts'
import { ApiError } from '../../kube/errors.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import type { Clock } from '../../runtime/clock.ts'
import { fingerprint } from '../../lib/canonical.ts'
import type { SecretRead } from '../plan/secret-values.ts'
import { followKeys, type Followed } from './key-poller.ts'

/** A key that was renewed, or a right that was given, is seen within this ... */
const LOOK_EVERY_MS = 5_000
/** ... as long as that is no more questions than one in so many milliseconds. */
const EACH_MS = 25

/**
 * Reads Secrets of clients one by one, by name (`namespace/name`): the edge may list none. Who owns the namespace grants each (Role with
 * resourceNames). While the API server is away, what was read last counts.
 */
export function readSecrets(o: {
  kube: Pick<Kube, 'get'>
  /** The edge's ServiceAccount, `namespace/name`, for the words of the cure. */
  account: string
  clock: Clock
  signal: AbortSignal
  onChange: () => void
}): Followed<SecretRead> {
  return followKeys<SecretRead>({
    ...o,
    everyMs: (secrets) => Math.max(LOOK_EVERY_MS, secrets * EACH_MS),
    isSame: (one, other) => digest(one) === digest(other),
    look(key) {
      const [namespace = '', name = ''] = key.split('/')
      return o.kube.get(resources.secrets, namespace, name).then(secretReadOf, (error: unknown) => {
        if (!(error instanceof ApiError)) return undefined // no answer says nothing of the Secret
        return refusal(error, namespace, name, o.account)
      })
    },
  })
}

function secretReadOf(raw: Raw): SecretRead {
  const data = (raw['data'] ?? {}) as Record<string, string>
  return { data: new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])) }
}

function refusal(error: ApiError, namespace: string, name: string, account: string): SecretRead {
  if (error.status === 404) return { because: `Secret ${name} does not exist in namespace ${namespace}: create it` }
  const cure = `in namespace ${namespace}, give ServiceAccount ${account} a Role with get on it`
  return { because: `Secret ${name} can not be read (${error.status}): ${cure}` }
}

const digest = (observation: SecretRead) =>
  fingerprint('data' in observation ? [...observation.data] : observation.because)
