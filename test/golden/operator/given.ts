import type { Callbot } from '../../../src/api/callbot.ts'
import { parseObject } from '../../../src/api/parse.ts'
import { replicasFor } from '../../../src/rules/scaling/replica-count.ts'
import { summariseCalls } from '../../../src/rules/call-statistics.ts'
import type { ReportedTest } from '../../../src/rules/flow/test-results.ts'
import type { ChildName, World } from '../../../src/operator/world/callbot.ts'
import { configurationName } from '../../../src/operator/judge/configuration.ts'
import { configurationFacts } from '../../../src/operator/render/bot-configuration.ts'
import { aBot, aPod, aPodState, aPolicy, aWorld, MINUTE, SECOND, type WorldBuilder } from '../../harness/builders.ts'

/** A case as `given.yaml` tells it. */
export interface Given {
  /** As a user would apply it. */
  callbot: object
  /** Those of the cluster. Absent: three. */
  zones?: string[]
  /** What earlier cycles left behind. Absent: nothing. */
  found?: 'AllAsSpecified'
  /** The fields that the bot's RetentionPolicy lets it collect. */
  collect?: string[]
  /** How long after that the operator looks again, such as 1h. */
  later?: string
  /** What is out of the ordinary. */
  seen?: {
    olderClaims?: { number: string; bot: string }[]
    changedByHand?: ChildName[]
    missingIntegrations?: string[]
    silentZones?: string[]
    /** What a pod tells that was made with the newest configuration and is not ready. */
    failedTest?: ReportedTest
    /** Live calls of each pod, zone by zone: a bot that has grown to so many pods, and has called so for five minutes. */
    calls?: Record<string, number[]>
    authority?: { issuer: string; bundle: string }
    deleting?: boolean
    gone?: boolean
  }
}

export function worldOf({ callbot, zones: there, found, later, collect, seen = {} }: Given): World {
  const parsed = parseObject(callbot)
  if (!('value' in parsed)) throw new Error(`the Callbot would be refused: ${JSON.stringify(parsed.problems)}`)
  const { spec: whole } = parsed.value as Callbot
  const { numbers, capacity, zones, drain, integrationRefs, media, fallback, retentionPolicyRef } = whole
  const spec = { numbers, capacity, zones, drain, integrationRefs, media, fallback, retentionPolicyRef }
  const inThree = aWorld().withBot(aBot({ spec: { ...spec, slo: whole.slo, placement: whole.placement }, configuration: configurationFacts(whole) }))
  const fresh = there === undefined ? inThree : inThree.with({ zones: there.map(aZone) })
  const collecting = collect === undefined ? fresh : fresh.with({ policy: aPolicy(collect) })
  const settled = found === undefined ? collecting : settle(collecting)
  return apply(settled.later(Number.parseInt(later ?? '0') * 60 * MINUTE), seen)
}

const aZone = (name: string) => ({ name, nodes: 1, readyNodes: 1, answering: true })

/** A minute of life: everything made, a pod answering in each zone. */
function settle(fresh: WorldBuilder): WorldBuilder {
  const configuration = configurationName(fresh.world.bot!, fresh.world.policy)
  const { zones, bot } = fresh.world
  const count = Math.max(zones.length, bot!.spec.capacity.minReplicas)
  const pods = Array.from({ length: count }, (_, index) =>
    aPod(zones[index % zones.length]!.name, { configuration, ...(index >= zones.length && { name: `accueil-${index}` }) }),
  )
  return fresh
    .carriedOut()
    .withPods(...pods)
    .later(8 * SECOND)
    .carriedOut()
}

function apply(settled: WorldBuilder, seen: NonNullable<Given['seen']>): World {
  let world = settled
  for (const { number, bot } of seen.olderClaims ?? []) world = world.withRival(number, bot, MINUTE)
  for (const child of seen.changedByHand ?? []) world = world.withDrifted(child)
  for (const zone of seen.silentZones ?? []) world = world.withZone(zone, { answering: false })
  if (seen.failedTest) world = withFailingPod(world, seen.failedTest)
  if (seen.calls) world = withCalls(world, seen.calls)
  if (seen.authority) world = world.with({ authority: seen.authority })
  if (seen.missingIntegrations) world = world.with({ missingIntegrations: seen.missingIntegrations })
  if (seen.deleting) world = world.with({ bot: { ...world.world.bot!, deleting: true } })
  return seen.gone ? { ...world.world, bot: undefined } : world.world
}

function withFailingPod(world: WorldBuilder, failedTest: ReportedTest): WorldBuilder {
  const configuration = configurationName(world.world.bot!, world.world.policy)
  const before = world.world.pods.map((pod) => ({ ...pod, configuration: 'accueil-0123456789' }))
  return world
    .withPods(...before, aPod('zone-a', { name: 'accueil-newest', ready: false, configuration }))
    .with({ calls: summariseCalls([aPodState({ failedTest, configuration })], []) })
}

function withCalls(world: WorldBuilder, byZone: Record<string, number[]>): WorldBuilder {
  const { capacity } = world.world.bot!.spec
  const configuration = configurationName(world.world.bot!, world.world.policy)
  const pods = Object.entries(byZone).flatMap(([zone, all]) =>
    all.map((calls, index) => aPod(zone, { name: `accueil-${zone}-${index}`, configuration, calls })),
  )
  let peak = 0
  while (replicasFor(peak + 1, capacity) <= pods.length) peak++
  const asking = (calls: number) => ({ calls, peak: calls, turnedAway: false })
  const calls = pods.reduce((sum, pod) => sum + (pod.calls ?? 0), 0)
  return world
    .with({ demand: asking(peak) })
    .carriedOut()
    .withPods(...pods)
    .carriedOut()
    .with({
      demand: asking(calls),
      calls: summariseCalls(
        pods.map((pod) => aPodState({ calls: pod.calls ?? 0, places: capacity.callsPerPod })),
        [],
      ),
    })
}
