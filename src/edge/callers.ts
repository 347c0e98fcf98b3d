import { fingerprint } from '../lib/canonical.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { CallerCache } from './apply/caller-cache.ts'
import { decideCallers, type CallerDecision, type CallerSecret, type CallerTrust } from './plan/caller-trust.ts'
import type { CallerFiles } from './render/tls-profiles.ts'

/** Whose certificates callers have to show: the last good state of a mounted Secret. */
export interface Callers {
  files(): CallerFiles
  /** Looks again. True: something else is believed from now on. Never rejects. */
  look(): Promise<boolean>
  /** The proxy runs this tls.cfg: files that it does not name are needed no more. */
  tlsLoaded(tls: string): void
}

/**
 * @param o.read the Secret as it is mounted now
 * @param o.onDecided is told of each look
 * @throws Error that names the cure, when there is no good state to begin with
 */
export async function followCallers(o: {
  cache: CallerCache
  read: () => Promise<CallerSecret>
  clock: Pick<Clock, 'wall'>
  log: Log
  onDecided: (decision: CallerDecision) => void
}): Promise<Callers> {
  let said: string | undefined
  const decide = async (before: CallerTrust | undefined) => {
    const secret = await o.read().catch(() => new Map<string, string>())
    const decision = decideCallers(before, secret, o.clock.wall())
    const { because } = decision
    o.onDecided(decision)
    if (because !== undefined && because !== said)
      o.log.error(
        { because },
        'something is wrong with the Secret of edge.tls.clientCaSecretName; what was good before stays',
      )
    said = because
    return decision
  }
  const first = await decide(o.cache.read())
  if (first.trust === undefined)
    throw new Error(`the Secret of edge.tls.clientCaSecretName can't be used: ${first.because}`)
  let trust = first.trust
  let files = o.cache.write(trust)
  return {
    files: () => files,
    async look() {
      const { trust: now = trust } = await decide(trust)
      if (fingerprint(now) === fingerprint(trust)) return false
      trust = now
      files = o.cache.write(trust)
      return true
    },
    tlsLoaded: (tls) => o.cache.prune([tls, ...Object.values(files)].join()),
  }
}
