import { systemClock } from '../../kube/clock.ts'
import type { Kube } from '../../kube/client.ts'
import { pause } from '../../lib/clock.ts'
import type { Log } from '../../lib/log.ts'
import type { PlayTests } from '../../rules/dialog/tests.ts'
import type { Authority } from '../apply/authority.ts'
import { firstLeaf, type OwnIdentity } from '../identity.ts'
import { reviewDialogMap } from './dialogMaps.ts'
import { passwords } from './path.ts'
import { type ClaimsOn, type PlayForReview, reviewCallbot, reviewDependents, reviewNotServed } from './reviewers.ts'
import { startWebhookServer } from './server.ts'

const RENEW_CHECK_MS = 60_000
/** For all tests of a bot; the API server waits for 3 s, and then goes on without us. */
const TESTS_MS = 1_000

export interface WebhookOptions {
  port: number
  kube: Kube
  log: Log
  identity: OwnIdentity
  authority: () => Authority
  claimsOn: ClaimsOn
  playTests: PlayTests
  signal: AbortSignal
}

/**
 * Serves reviews from the time on at which there is a CA, in leader and standby alike. The certificate is looked at each
 * minute: with a new CA it is another one at once, and the API server trusts it by then.
 */
export async function serveWebhook(o: WebhookOptions): Promise<void> {
  let leaf = await firstLeaf(o.identity, systemClock, o.signal)
  if (leaf === undefined) return
  const play: PlayForReview = (flow, bot) => o.playTests({ flow, bot, now: systemClock.wall(), milliseconds: TESTS_MS })
  const server = await startWebhookServer({
    port: o.port,
    certificate: { cert: leaf.certificate, key: leaf.key },
    passwords: () => passwords(o.authority()),
    reviewers: {
      callbots: reviewCallbot(o.kube, o.claimsOn, play),
      dialogs: reviewDialogMap(o.kube, play),
      dependents: reviewDependents(o.kube),
      'not-served': reviewNotServed,
    },
    log: o.log,
  })
  o.log.info({ port: server.port }, 'the webhook answers')
  while (!o.signal.aborted) {
    await pause(systemClock, RENEW_CHECK_MS, o.signal)
    const next = o.identity.leaf()
    if (next === undefined || next === leaf) continue
    leaf = next
    server.renew({ cert: leaf.certificate, key: leaf.key })
  }
  await server.close()
}
