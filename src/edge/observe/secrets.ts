import type { Kube } from '../../kube/client.ts'
import { ApiError } from '../../kube/errors.ts'
import type { Raw } from '../../kube/raw.ts'
import { resources } from '../../kube/resources.ts'
import type { Clock } from '../../lib/clock.ts'
import { fingerprint } from '../../lib/canonical.ts'
import type { SecretSighting, Secrets } from '../plan/credentials.ts'

/** A key that was renewed, or a right that was given, is seen within this. */
const LOOK_EVERY_MS = 10_000

export interface SecretReader {
  /** The Secrets that are of interest from now on, as `namespace/name`; those that are new are read at once. */
  follow(keys: Iterable<string>): Promise<void>
  secrets(): Secrets
}

/**
 * Reads Secrets of clients one by one, by name: the edge may list none. Who owns the namespace grants each (Role with
 * resourceNames). While the API server is away, what was read last counts.
 */
export function readSecrets(o: {
  kube: Pick<Kube, 'get'>
  /** The edge's ServiceAccount, `namespace/name`, for the words of the cure. */
  account: string
  clock: Clock
  signal: AbortSignal
  onChange: () => void
}): SecretReader {
  const known = new Map<string, SecretSighting | undefined>()

  async function look(key: string): Promise<void> {
    const [namespace = '', name = ''] = key.split('/')
    const sighting = await o.kube.get(resources.secrets, namespace, name).then(sightingOf, (error: unknown) => {
      if (!(error instanceof ApiError)) return undefined // no answer says nothing of the Secret
      return refusal(error, namespace, name, o.account)
    })
    if (sighting === undefined || !known.has(key) || isSame(known.get(key), sighting)) return
    known.set(key, sighting)
    o.onChange()
  }

  const lookAgain = () => {
    if (o.signal.aborted) return
    void Promise.all([...known.keys()].map(look)).then(() => o.clock.after(LOOK_EVERY_MS, lookAgain))
  }
  o.clock.after(LOOK_EVERY_MS, lookAgain)

  return {
    async follow(keys) {
      const wanted = new Set(keys)
      for (const key of known.keys()) if (!wanted.has(key)) known.delete(key)
      const fresh = [...wanted].filter((key) => !known.has(key))
      for (const key of fresh) known.set(key, undefined)
      await Promise.all(fresh.map(look))
    },
    secrets: () => new Map([...known].flatMap(([key, sighting]) => (sighting === undefined ? [] : [[key, sighting]]))),
  }
}

function sightingOf(raw: Raw): SecretSighting {
  const data = (raw['data'] ?? {}) as Record<string, string>
  return { data: new Map(Object.entries(data).map(([key, value]) => [key, Buffer.from(value, 'base64').toString()])) }
}

function refusal(error: ApiError, namespace: string, name: string, account: string): SecretSighting {
  if (error.status === 404) return { because: `Secret ${name} is missing in namespace ${namespace}: make it` }
  const cure = `in namespace ${namespace}, give ServiceAccount ${account} a Role with get on it`
  return { because: `Secret ${name} can not be read (${error.status}): ${cure}` }
}

const isSame = (a: SecretSighting | undefined, b: SecretSighting) => a !== undefined && digest(a) === digest(b)

const digest = (sighting: SecretSighting) => fingerprint('data' in sighting ? [...sighting.data] : sighting.because)
