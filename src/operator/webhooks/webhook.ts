import { systemClock } from '../../runtime/system-clock.ts'
import type { Kube } from '../../kube/client.ts'
import { pause } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import type { PlayTests } from '../../rules/flow/test-results.ts'
import type { Authority } from '../../pki/certificate-authority.ts'
import { firstLeaf, type OwnIdentity } from '../certificates/own-certificate.ts'
import { createFlowReader } from '../../threads/flow-reader.ts'
import { boundedReview } from './bounded-review.ts'
import { reviewFlowConfigMap } from './flow-config-maps.ts'
import { passwords } from './path-password.ts'
import {
  type NumberFacts,
  type PlayForReview,
  reviewAll,
  reviewCallbot,
  reviewDependents,
  type Reviewer,
  reviewRetention,
  reviewSchedule,
  reviewTrunkAddresses,
} from './reviewers.ts'
import { startWebhookServer } from './http-server.ts'

const RENEW_CHECK_MS = 60_000
/** The API server waits for 5 s or more, and then goes on without us: what is too much for us is refused before. */
const REVIEW_MS = 4_500
/** Of these, for reading the dialogs of a ConfigMap, waiting for others' included. */
const READ_MS = 3_000
/** And for all tests of a bot. */
const TESTS_MS = 1_000

export interface WebhookOptions {
  port: number
  kube: Kube
  log: Log
  identity: OwnIdentity
  authority: () => Authority
  numbers: NumberFacts
  /** Whether the installation keeps call records. */
  hasStore: boolean
  /** placement.regions of the chart. */
  regions: readonly string[]
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
  const play: PlayForReview = (flow, bot, owner) =>
    o.playTests({ flow, bot, owner, now: systemClock.wall(), milliseconds: TESTS_MS })
  const read = createFlowReader({ milliseconds: READ_MS })
  const bounds = { clock: systemClock, milliseconds: REVIEW_MS, log: o.log }
  const judge = (review: Reviewer) => boundedReview(review, { ...bounds, otherwise: 'Refuse' })
  const server = await startWebhookServer({
    port: o.port,
    certificate: { cert: leaf.certificate, key: leaf.key },
    passwords: () => passwords(o.authority()),
    reviewers: {
      callbots: judge(reviewCallbot(o.kube, o.numbers, play, o.regions)),
      dialogs: judge(reviewFlowConfigMap(o.kube, play, read, o.regions)),
      integrations: judge(reviewAll(reviewSchedule, reviewTrunkAddresses)),
      dependents: boundedReview(reviewDependents(o.kube, o.regions), { ...bounds, otherwise: 'Warn' }),
      retention: reviewRetention(o.hasStore),
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
