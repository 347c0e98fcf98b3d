import fc from 'fast-check'
import { NOON, DAY, MINUTE, aBot, aPod, aSpec, aWorld, aZone, cycle } from '../../harness/builders.ts'
import type { BotFacts, BotSpec, ChildFacts, PodFacts, RouteFacts, World } from '../../../src/operator/world/callbot.ts'
import { summariseCalls, type CallsFacts, type PodState } from '../../../src/rules/call-statistics.ts'
import type { NumberClaim } from '../../../src/rules/number-claims.ts'
import type { ZoneFacts } from '../../../src/rules/zone-health.ts'

const NUMBERS = ['+33199000001', '+33199000002', '+33465710003', '+4420790000', '+33199000005']
const ZONES = ['zone-a', 'zone-b', 'zone-c', 'zone-d']
const OWN_UID = 'uid-accueil'

const numbers = fc.uniqueArray(fc.constantFrom(...NUMBERS), { minLength: 1 })
const zoneNames = fc.uniqueArray(fc.constantFrom(...ZONES))

const capacity = fc
  .record({
    minReplicas: fc.integer({ min: 1, max: 20 }),
    more: fc.nat(20),
    replicas: fc.option(fc.integer({ min: 1, max: 50 }), { nil: undefined }),
  })
  .map(({ minReplicas, more, replicas }): BotSpec['capacity'] => ({
    scaling: replicas === undefined ? 'Buffer' : 'External',
    callsPerPod: 20,
    buffer: '25%',
    minReplicas,
    maxReplicas: minReplicas + more,
    replicas,
  }))

export const anySpec: fc.Arbitrary<BotSpec> = fc
  .record({
    numbers,
    capacity,
    zones: zoneNames,
    drain: fc.record({ deadlineSeconds: fc.nat(86_400) }),
    retentionPolicyRef: fc.constantFrom(undefined, { name: 'trente-jours' }),
    placement: fc.record({
      regions: fc.subarray(['eu-west-3', 'eu-central-1']),
      certifications: fc.subarray<BotSpec['placement']['certifications'][number]>(['HDS', 'PCIDSS']),
    }),
  })
  .map((changes) => aSpec(changes))

const childFacts: fc.Arbitrary<ChildFacts | undefined> = fc.option(
  fc.record({
    uid: fc.constantFrom('uid-1', 'uid-2'),
    ownerUid: fc.constantFrom(OWN_UID, 'uid-of-a-predecessor', undefined),
    applied: fc.constantFrom('', 'as somebody left it'),
  }),
  { nil: undefined },
)

const routeFacts: fc.Arbitrary<RouteFacts | undefined> = fc.option(
  fc.record({
    uid: fc.constant('uid-of-the-route'),
    ownerUid: fc.constant(undefined),
    applied: fc.constantFrom('', 'as somebody left it'),
    resourceVersion: fc.constant('7'),
    callbotUid: fc.constantFrom(OWN_UID, 'uid-of-a-predecessor'),
    // A clock that was ahead, one that was behind.
    epoch: fc.integer({ min: NOON - DAY, max: NOON + DAY }),
  }),
  { nil: undefined },
)

const zones: fc.Arbitrary<ZoneFacts[]> = zoneNames.chain((names) =>
  fc.tuple(
    ...names.map((name) =>
      fc
        .record({
          nodes: fc.integer({ min: 1, max: 3 }),
          readyNodes: fc.nat(3),
          answering: fc.constantFrom(true, false, undefined),
        })
        .map((facts) => aZone(name, { ...facts, readyNodes: Math.min(facts.nodes, facts.readyNodes) })),
    ),
  ),
)

const pods: fc.Arbitrary<PodFacts[]> = fc
  .array(
    fc
      .record({
        zone: fc.constantFrom(...ZONES, undefined),
        ready: fc.boolean(),
        terminating: fc.boolean(),
        calls: fc.constantFrom(undefined, 0, 0, 3),
        marked: fc.constantFrom(false, false, true),
        revision: fc.constantFrom('revision-1', 'revision-1', 'revision-1', 'revision-2'),
        waitingForVolumesSince: fc.constantFrom(undefined, NOON - MINUTE, NOON - 5000, NOON),
        // Made by an operator of before configurations, with the bot's own of now, or with an earlier one.
        configuration: fc.constantFrom(undefined, aPod('').configuration, 'accueil-0123456789'),
      })
      .map(({ zone, ...rest }) => aPod(zone, rest)),
    { maxLength: 8 },
  )
  .map((all) => all.map((pod, index) => ({ ...pod, name: `accueil-${index}`, uid: `uid-of-accueil-${index}` })))

const serverState = fc.record({
  state: fc.constantFrom('Ready', 'Failing', 'Unknown'),
  because: fc.constantFrom('', '503 overloaded'),
})

const calls: fc.Arbitrary<CallsFacts> = fc
  .array(
    fc.record({
      calls: fc.nat(30),
      answered: fc.nat(5000),
      failed: fc.nat(20),
      refused: fc.nat(20),
      lastCallAt: fc.constantFrom(undefined, NOON - DAY, NOON + 1234),
      answerMillisecondsP95: fc.option(fc.nat(5000), { nil: undefined }),
      asr: serverState,
      tts: serverState,
      flowProblem: fc.constantFrom(undefined, { path: 'steps[0]', message: 'add next' }),
      failedTest: fc.constantFrom(undefined, { test: 'usual-way', turn: 2, because: 'the bot does not say "oui"' }),
      configuration: fc.constantFrom(undefined, aPod('zone-a').configuration),
    }),
    { maxLength: 4 },
  )
  .map((pods) => summariseCalls(pods as PodState[], [{ at: NOON, answered: 9, failed: pods.length }]))

/** Claims of other bots on numbers, some older than the bot's own. */
export const rivals: fc.Arbitrary<NumberClaim[]> = fc.array(
  fc.record({
    number: fc.constantFrom(...NUMBERS),
    bot: fc.constantFrom('lilas/soir', 'roses/accueil'),
    uid: fc.constantFrom('uid-a-first', 'uid-z-last'),
    createdAt: fc.constantFrom(NOON - DAY, NOON, NOON + DAY),
  }),
  { maxLength: 4 },
)

const facts = fc.record({
  children: fc.record({
    deployment: fc
      .tuple(childFacts, fc.integer({ min: 1, max: 9 }))
      .map(([child, replicas]) => child && { ...child, replicas }),
    service: childFacts,
    podDisruptionBudget: childFacts,
    networkPolicy: childFacts,
  }),
  route: routeFacts,
  zones,
  pods,
  authority: fc.constantFrom(undefined, { issuer: 'ca-1', bundle: 'bundle-1' }, { issuer: 'ca-2', bundle: 'bundle-2' }),
  missingIntegrations: fc.subarray(['cabinet', 'agenda']),
  retentionPolicyMissing: fc.boolean(),
  collect: fc.constantFrom(undefined, [], ['motif']),
  calls: fc.option(calls, { nil: undefined }),
  demand: fc.option(
    fc.record({
      calls: fc.nat(300),
      peak: fc.option(fc.integer({ min: 300, max: 400 }), { nil: undefined }),
      turnedAway: fc.boolean(),
    }),
    { nil: undefined },
  ),
})

const withFacts = (bot: BotFacts, others: NumberClaim[], given: Partial<World>): World => {
  const world = aWorld().withBot(bot).with(given).world
  return { ...world, claims: [...world.claims, ...others.filter(({ number }) => bot.spec.numbers.includes(number))] }
}

/** Any world of a bot that nobody looked at yet. */
export const anyFirstSight: fc.Arbitrary<World> = fc
  .record({ spec: anySpec, others: rivals, given: facts })
  .map(({ spec, others, given }) => withFacts(aBot({ spec }), others, given))

/** Any world of a bot: its status is what an earlier cycle wrote of another world, and the spec may have changed since. */
export const anyWorld: fc.Arbitrary<World> = fc
  .record({
    first: anyFirstSight,
    looked: fc.boolean(),
    spec: fc.option(anySpec, { nil: undefined }),
    others: rivals,
    given: facts,
    passed: fc.constantFrom(0, 1000, 3 * MINUTE, 20 * DAY, 29 * DAY, 40 * DAY),
  })
  .map(({ first, looked, spec, others, given, passed }) => {
    const status = looked ? cycle(first).status : undefined
    const generation = spec === undefined ? 1 : 2
    const bot = aBot({ spec: spec ?? first.bot!.spec, generation, status })
    return { ...withFacts(bot, others, given), now: NOON + passed }
  })
