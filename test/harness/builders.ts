import { DEFAULT_VALUES } from '../../src/rules/egress.ts'
import { type CallPolicy, NOTHING_LEAVES } from '../../src/rules/policy-order.ts'
import { ANY_AMOUNT, NO_LIMITS } from '../../src/rules/shares.ts'
import type { CallbotStatus } from '../../src/api/callbot.ts'
import { manifestHash } from '../../src/kube/field-ownership.ts'
import { planCallbot } from '../../src/operator/plan/callbot.ts'
import { configurationName } from '../../src/operator/judge/configuration.ts'
import type { Manifest } from '../../src/operator/render/manifest.ts'
import { routeName } from '../../src/operator/render/edge-route.ts'
import { reportCallbot } from '../../src/operator/report/callbot.ts'
import type { Outcome, Plan, Step } from '../../src/operator/steps/callbot.ts'
import type { BotFacts, BotSpec, ChildName, PodFacts, World } from '../../src/operator/world/callbot.ts'
import type { PodState } from '../../src/rules/call-statistics.ts'
import type { ZoneFacts } from '../../src/rules/zone-health.ts'

/** The hour at which the stories of the tests begin. */
export const NOON = Date.UTC(2026, 10, 24, 12)
export const SECOND = 1000
export const MINUTE = 60 * SECOND
export const DAY = 86_400 * SECOND
const LEAF_LIFETIME = 30 * DAY

export const aSpec = (changes: Partial<BotSpec> = {}): BotSpec => ({
  numbers: ['+33199000001'],
  capacity: { scaling: 'Buffer', callsPerPod: 20, buffer: '25%', minReplicas: 3, maxReplicas: 10 },
  zones: [],
  drain: { deadlineSeconds: 3600 },
  integrationRefs: [{ name: 'cabinet' }],
  media: { sipTransport: 'TLS', srtp: 'Required', codecs: ['PCMA', 'PCMU'] },
  fallback: {
    number: '+33199000099',
    integrationRef: { name: 'cabinet' },
    causes: ['NoCapacity', 'BotFailure', 'Silence', 'CallerWish'],
  },
  retentionPolicyRef: undefined,
  slo: { answeredPercent: '99.9', answerSeconds: 3 },
  placement: { regions: [], certifications: [] },
  ...changes,
})

export const aBot = (changes: Partial<BotFacts> = {}): BotFacts => ({
  namespace: 'lilas',
  name: 'accueil',
  uid: 'uid-accueil',
  createdAt: NOON - MINUTE,
  generation: 1,
  deleting: false,
  spec: aSpec(),
  configuration: { digest: 'digest-1', flowRef: undefined, secrets: [], providerPorts: [] },
  status: undefined,
  ...changes,
})

/** What calls go by that may pass these values on. */
export const aPolicy = (
  collect: readonly string[],
  callMetadata: CallPolicy['callMetadata'] = 'NotKept',
): CallPolicy => ({
  collect: [...collect].sort(),
  callMetadata,
})

/** The configuration of `aBot()` without a RetentionPolicy. */
const CONFIGURATION = configurationName(aBot(), NOTHING_LEAVES)

export const aZone = (name: string, changes: Partial<ZoneFacts> = {}): ZoneFacts => ({
  name,
  nodes: 1,
  readyNodes: 1,
  answering: true,
  ...changes,
})

export const aPod = (zone: string | undefined, changes: Partial<PodFacts> = {}): PodFacts => ({
  name: `accueil-${zone}`,
  uid: `uid-of-${changes.name ?? `accueil-${zone}`}`,
  zone,
  placed: true,
  running: true,
  ready: true,
  terminating: false,
  calls: undefined,
  marked: false,
  revision: 'revision-1',
  waitingForVolumesSince: undefined,
  configuration: CONFIGURATION,
  ...changes,
})

/** What a pod tells that nobody has called yet. */
export const aPodState = (changes: Partial<PodState> = {}): PodState => ({
  calls: 0,
  places: undefined,
  draining: false,
  answered: 0,
  failed: 0,
  refused: 0,
  lastCallAt: undefined,
  answerMillisecondsP95: undefined,
  http: new Map(),
  asr: { state: 'Unknown', because: '' },
  tts: { state: 'Unknown', because: '' },
  policy: undefined,
  closedPort: undefined,
  flowProblem: undefined,
  failedTest: undefined,
  ...changes,
})

/** What the operator sees of one bot, put together fact by fact: `aWorld().withBot(aBot()).carriedOut().world`. */
export class WorldBuilder {
  readonly world: World

  constructor(world: World) {
    this.world = world
  }

  with(changes: Partial<World>): WorldBuilder {
    return new WorldBuilder({ ...this.world, ...changes })
  }

  /** The bot with its claims on its numbers, made at noon. */
  withBot(bot: BotFacts): WorldBuilder {
    const { namespace, name, uid } = bot
    const others = this.world.claims.filter((claim) => claim.uid !== uid)
    const own = bot.spec.numbers.map((number) => ({ number, bot: `${namespace}/${name}`, uid, createdAt: NOON }))
    return this.with({ namespace, name, bot, claims: [...others, ...own] })
  }

  /** A newer generation of the bot's spec. */
  withSpec(changes: Partial<BotSpec>): WorldBuilder {
    const bot = this.world.bot!
    return this.withBot({ ...bot, generation: bot.generation + 1, spec: { ...bot.spec, ...changes } })
  }

  /** A claim of another bot on one of the numbers, that many milliseconds before noon (negative: after it). */
  withRival(number: string, bot: string, before: number): WorldBuilder {
    const claim = { number, bot, uid: `uid-${bot}`, createdAt: NOON - before }
    return this.with({ claims: [...this.world.claims, claim] })
  }

  withZone(name: string, changes: Partial<ZoneFacts>): WorldBuilder {
    return this.with({ zones: this.world.zones.map((zone) => (zone.name === name ? { ...zone, ...changes } : zone)) })
  }

  withPods(...pods: PodFacts[]): WorldBuilder {
    return this.with({ pods })
  }

  /** Somebody else changed what we own in a child. */
  withDrifted(child: ChildName): WorldBuilder {
    const found = this.world.children[child]!
    return this.with({ children: { ...this.world.children, [child]: { ...found, applied: 'changed by hand' } } })
  }

  later(milliseconds: number): WorldBuilder {
    return this.with({ now: this.world.now + milliseconds })
  }

  /** The world after one cycle in which the API server took every step. */
  carriedOut(): WorldBuilder {
    return new WorldBuilder(cycle(this.world).world)
  }
}

/** Three zones, all well, a CA, and nothing of the bot `lilas/accueil` but its Callbot. */
export function aWorld(): WorldBuilder {
  return new WorldBuilder({
    now: NOON,
    settings: {
      image: 'registry.test/callbot:1',
      recordsImage: 'registry.test/callbot:1',
      operatorNamespace: 'callbot-system',
      renewAtFraction: 0.66,
      mediaCidrs: [],
      mediaByEdges: false,
      deniedCidrs: [],
      egress: DEFAULT_VALUES,
      shares: NO_LIMITS,
      reservations: [],
      database: undefined,
      rootKeySeconds: 86_400,
      scheduling: {},
      placement: { regions: [], certifications: [] },
    },
    namespace: 'lilas',
    name: 'accueil',
    bot: undefined,
    children: {},
    share: { beyond: undefined, pods: ANY_AMOUNT, againSeconds: 10 },
    route: undefined,
    edges: 'NoEdges',
    policyEvidence: undefined,
    edgeObstacles: undefined,
    placed: [],
    nodeLabels: [],
    pods: [],
    zones: ['zone-a', 'zone-b', 'zone-c'].map((name) => aZone(name)),
    authority: { issuer: 'ca-1', bundle: 'bundle-1' },
    emergency: 'Primary',
    missingIntegrations: [],
    retentionPolicyMissing: false,
    retentionPolicyRefused: false,
    policy: NOTHING_LEAVES,
    calls: undefined,
    demand: undefined,
    claims: [],
  }).withBot(aBot())
}

export interface Cycle {
  plan: Plan
  outcome: Outcome
  status: CallbotStatus | undefined
  /** What the next cycle would find. */
  world: World
}

/** One cycle as the operator goes through it, with an API server that takes all steps but those of `refused`. */
export function cycle(before: World, refused: (step: Step) => boolean = () => false): Cycle {
  const plan = planCallbot(before)
  const written = !plan.steps.some((step) => step.do === 'writeConfiguration' && refused(step))
  const taken = plan.steps
    .filter((step) => !refused(step))
    .flatMap((step): Step[] => {
      if (written || step.do !== 'apply' || step.needs === undefined) return [step]
      return step.otherwise === undefined ? [] : [{ ...step, manifest: step.otherwise }]
    })
  const after = taken.reduce(take, before)
  const route = after.route?.callbotUid === after.bot?.uid ? after.route : undefined
  const outcome: Outcome = {
    routeEpoch: route?.epoch,
    failures: plan.steps.filter(refused).map((step) => ({
      step: step.do,
      what: 'manifest' in step ? step.manifest.kind : step.do,
      final: false,
      message: 'exceeded quota',
      cause: undefined,
    })),
  }
  for (const step of taken) {
    if (step.do === 'writeConfiguration') outcome.configuration = step.name
    if (step.do === 'removeConfiguration') (outcome.removedConfigurations ??= []).push(step.name)
  }
  if (taken.some((step) => step.do === 'issueCertificate')) outcome.certificate = certificateOf(before)
  if (after.bot === undefined) return { plan, outcome, status: undefined, world: after }
  const status = reportCallbot(after, after.bot, outcome)
  return { plan, outcome, status, world: { ...after, bot: { ...after.bot, status } } }
}

function certificateOf({ now, authority }: World): NonNullable<CallbotStatus['certificate']> {
  return {
    serial: `leaf-${now}`,
    issuer: authority!.issuer,
    bundle: authority!.bundle,
    notBefore: new Date(now).toISOString(),
    notAfter: new Date(now + LEAF_LIFETIME).toISOString(),
  }
}

const CHILDREN: Record<string, ChildName> = {
  Deployment: 'deployment',
  Service: 'service',
  PodDisruptionBudget: 'podDisruptionBudget',
  NetworkPolicy: 'networkPolicy',
}

/** What the API server makes of one step. */
function take(world: World, step: Step): World {
  switch (step.do) {
    case 'issueCertificate':
      return { ...world, pods: world.pods.map((pod) => ({ ...pod, waitingForVolumesSince: undefined })) }
    case 'withdrawRoute':
      return { ...world, route: undefined }
    case 'writeConfiguration':
    case 'removeConfiguration':
      return world
    case 'markPodsForRemoval':
    case 'unmarkPods': {
      const named = new Set(step.pods.map(({ uid }) => uid))
      const marked = step.do === 'markPodsForRemoval'
      return { ...world, pods: world.pods.map((pod) => (named.has(pod.uid) ? { ...pod, marked } : pod)) }
    }
    case 'scaleDown': {
      const left = new Set(step.podsToRemove.map(({ uid }) => uid))
      const pods = world.pods.filter(({ uid }) => !left.has(uid))
      return take({ ...world, pods }, { do: 'apply', manifest: step.manifest, because: step.because })
    }
    case 'apply': {
      const child = CHILDREN[step.manifest.kind]!
      const uid = world.children[child]?.uid ?? `uid-${child}`
      const ownerUid = step.manifest.metadata.ownerReferences?.[0]?.uid
      const facts = { uid, ownerUid, applied: manifestHash(step.manifest), ...replicasIn(step.manifest) }
      return { ...world, children: { ...world.children, [child]: facts } }
    }
    case 'publishRoute':
      return { ...world, route: routeOf(world, step) }
  }
}

const replicasIn = ({ kind, spec }: Manifest) =>
  kind === 'Deployment' ? { replicas: (spec as { replicas: number }).replicas } : {}

const routeOf = (world: World, step: Extract<Step, { do: 'publishRoute' }>): World['route'] => ({
  uid: world.route?.uid ?? `uid-${routeName(world.namespace, world.name)}`,
  ownerUid: undefined,
  resourceVersion: '1',
  applied: manifestHash(step.manifest),
  callbotUid: world.bot!.uid,
  epoch: step.epoch,
})
