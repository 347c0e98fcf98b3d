import { named, ownWords } from '../runtime/log-fields.ts'
import { fingerprint } from '../lib/canonical.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { SecretCache } from './apply/secret-cache.ts'
import type { MountedSecret, SecretDecision } from './plan/secret-decision.ts'

/** The last valid state of a mounted Secret. */
export interface FollowedSecret<F> {
  /** Paths that the proxy reads it from. */
  files(): F
  /** Looks again. True: another state is used from now on. Never rejects. */
  look(): Promise<boolean>
  /** The proxy runs this tls.cfg: files that it does not name are no longer needed. */
  loaded(tls: string): void
}

/**
 * @param o.setting the value of the chart that names the Secret, for errors
 * @param o.read the Secret as it is mounted now
 * @param o.decide which state to use
 * @param o.onDecided is called with the result of each look
 * @throws Error that names the cure, when there is no valid state to begin with
 */
export async function followSecret<T extends object, F extends object>(o: {
  setting: string
  cache: SecretCache<T, F>
  read: () => Promise<MountedSecret>
  decide: (kept: T | undefined, secret: MountedSecret, now: number) => SecretDecision<T>
  clock: Pick<Clock, 'wall'>
  log: Log
  onDecided: (decision: SecretDecision<T>) => void
}): Promise<FollowedSecret<F>> {
  let logged: string | undefined
  const decide = async (kept: T | undefined) => {
    const secret = await o.read().catch(() => new Map<string, string>())
    const decision = o.decide(kept, secret, o.clock.wall())
    const { because } = decision
    o.onDecided(decision)
    if (because !== undefined && because !== logged)
      o.log.error(
        { setting: named(o.setting), because: ownWords(because) },
        'a Secret is not valid: the last valid one stays in use',
      )
    logged = because
    return decision
  }
  const first = await decide(o.cache.read())
  if (first.value === undefined) throw new Error(`the Secret of ${o.setting} can't be used: ${first.because}`)
  let value = first.value
  let files = o.cache.write(value)
  return {
    files: () => files,
    async look() {
      const { value: now = value } = await decide(value)
      if (fingerprint(now) === fingerprint(value)) return false
      value = now
      files = o.cache.write(value)
      return true
    },
    loaded: (tls) => o.cache.tidy([tls, ...Object.values<string>(files as Record<string, string>)].join()),
  }
}
