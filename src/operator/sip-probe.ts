import type { Clock } from '../runtime/clock.ts'
import { probeOptions } from '../telephony/options-probe.ts'
import type { Contexts } from './certificates/own-certificate.ts'
import type { CachedPod } from './observe/projections.ts'
import { SIPS_PORT } from './render/manifest.ts'

/** Less than a round: a zone that is lost shows no later for it. */
const TIMEOUT_MS = 900

/** Asks one bot pod whether it answers, as an edge would: SIP OPTIONS over mutual TLS. */
export function createBotProbe(contextOf: Contexts, clock: Clock) {
  return async (pod: CachedPod & { ip: string }): Promise<boolean> => {
    const secureContext = contextOf()
    if (secureContext === undefined) return true // nothing can be asked yet, and silence would be our own
    const result = await probeOptions({
      host: pod.ip,
      port: SIPS_PORT,
      servername: `${pod.bot}.${pod.namespace}.svc`,
      tls: { secureContext },
      timeoutMs: TIMEOUT_MS,
      clock,
    })
    return result.ok
  }
}
