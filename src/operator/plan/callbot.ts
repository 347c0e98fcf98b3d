import { manifestHash } from '../../kube/field-ownership.ts'
import { nextEpoch } from '../../rules/epoch.ts'
import { canSpreadOverZones } from '../../rules/zone-health.ts'
import { judgeCertificate } from '../judge/certificate.ts'
import { wantedConfiguration } from '../judge/configuration.ts'
import { ownNumbers } from '../judge/numbers.ts'
import { missingReferences } from '../judge/references.ts'
import { heldReplicas } from '../judge/replicas.ts'
import { ownRoute } from '../judge/route.ts'
import { isKeptOut } from '../judge/share.ts'
import { judgeVolumes, VOLUME_PATIENCE_SECONDS } from '../judge/volumes.ts'
import { renderDeployment } from '../render/deployment.ts'
import { type Manifest, tlsSecretName } from '../render/manifest.ts'
import { renderNetworkPolicy } from '../render/network-policy.ts'
import { renderPodDisruptionBudget } from '../render/pod-disruption-budget.ts'
import { renderRoute, routeName } from '../render/edge-route.ts'
import { renderService } from '../render/service.ts'
import type { Plan, Step } from '../steps/callbot.ts'
import { NOTHING_TO_DO } from '../steps/plan.ts'
import type { BotFacts, ChildFacts, World } from '../world/callbot.ts'
import { planConfiguration } from './bot-configuration.ts'
import { planLeaving, planReplicas, standingMake, type ReplicaPlan } from './scaling.ts'

/** The API server tells the time of creation in whole seconds: at least one, at most two. */
const PATIENCE_WITH_COMPANIONS_MS = 2_000

/**
 * What to do about one Callbot, and why. Level-based: it looks at what is there and not at what was done before, so a
 * crash between any two steps is repaired by the next cycle.
 */
export function planCallbot(world: World): Plan {
  const { bot } = world
  if (bot === undefined) return planAbsence(world)
  // Its pods drain and its children go by owner references; the route goes when the Callbot was deleted.
  if (bot.deleting) return { ...NOTHING_TO_DO, waitingFor: ['the deletion of the Callbot'] }
  // What is there stays, and goes on. Another object of the namespace may go, or its share may grow.
  const { beyond, againSeconds } = world.share
  const waitingFor = beyond === undefined ? [] : [`its share of ${beyond.resource}`]
  const shareAgain = beyond === undefined ? undefined : againSeconds
  if (isKeptOut(world, bot)) return { ...NOTHING_TO_DO, waitingFor, recheckAfterSeconds: shareAgain }
  const certificate = planCertificate(world, bot)
  if (isAboutToBeWhole(world, bot)) {
    const companions = 'what the bot names and may have been applied along with it'
    return { steps: certificate.steps, waitingFor: [...certificate.waitingFor, companions], recheckAfterSeconds: 1 }
  }
  const replicas = planReplicas(world, bot)
  return {
    steps: [
      ...certificate.steps,
      ...planConfiguration(world, bot, lostVolumeReason(world)),
      ...planChildren(world, bot, replicas),
      ...planRoute(world, bot),
    ],
    waitingFor: [...certificate.waitingFor, ...waitingFor],
    recheckAfterSeconds: soonest(certificate.recheckAfterSeconds, replicas.recheckAfterSeconds, shareAgain),
  }
}

/** Objects that are applied together come one after the other: pods made in between would be replaced at once. */
function isAboutToBeWhole(world: World, bot: BotFacts): boolean {
  const age = world.now - bot.createdAt
  const isNew = world.children.deployment === undefined && bot.status?.configuration === undefined
  // Below zero, clocks disagree, and nobody knows for how long one would wait.
  const isYoung = age >= 0 && age < PATIENCE_WITH_COMPANIONS_MS
  return isNew && isYoung && missingReferences(world, bot).length > 0
}

function soonest(...seconds: readonly (number | undefined)[]): number | undefined {
  const known = seconds.filter((each) => each !== undefined)
  return known.length === 0 ? undefined : Math.min(...known)
}

function planAbsence(world: World): Plan {
  const steps: Step[] = []
  if (world.route !== undefined) {
    const name = routeName(world.namespace, world.name)
    steps.push({ do: 'withdrawRoute', name, uid: world.route.uid, because: 'the Callbot was deleted' })
  }
  return { ...NOTHING_TO_DO, steps }
}

type ApplyStep = Extract<Step, { do: 'apply' }>

function planChildren(world: World, bot: BotFacts, replicas: ReplicaPlan): Step[] {
  const { settings, children } = world
  return [
    ...planDeployment(world, bot, replicas),
    ...planChild(renderService(bot), children.service, bot),
    ...planChild(renderPodDisruptionBudget(bot), children.podDisruptionBudget, bot),
    ...planChild(renderNetworkPolicy(bot, settings), children.networkPolicy, bot),
  ]
}

const MORE_PODS = 'more pods are needed'

/** A dialog that breaks a rule stops no scaling: then it is the Deployment of before in all but the number of pods. */
function planDeployment(world: World, bot: BotFacts, { replicas, fewer }: ReplicaPlan): Step[] {
  const configuration = wantedConfiguration(world, bot)
  const recorded = bot.status?.configuration?.name
  const make = (name: string) => (pods: number) =>
    renderDeployment(bot, world.settings, name, pods, canSpreadOverZones(world.zones))
  const former = recorded === undefined || recorded === configuration ? undefined : make(recorded)
  const otherwise = former?.(replicas)
  const standing = standingMake(world, bot, [make(configuration), ...(former ? [former] : [])])
  const steps = planChild(make(configuration)(replicas), world.children.deployment, bot)
  const because = standing !== undefined && replicas > heldReplicas(world, bot) ? { because: MORE_PODS } : {}
  return [
    ...steps.map((step) => ({ ...step, ...because, needs: 'configuration' as const, ...(otherwise && { otherwise }) })),
    ...planLeaving(world, fewer, standing),
  ]
}

function planChild(manifest: Manifest, found: ChildFacts | undefined, bot: BotFacts): ApplyStep[] {
  const because = whyApply(manifest, found, bot)
  return because === undefined ? [] : [{ do: 'apply', manifest, because }]
}

function whyApply(manifest: Manifest, found: ChildFacts | undefined, bot: BotFacts): string | undefined {
  if (found === undefined) return `there is no ${manifest.kind} yet`
  if (found.ownerUid !== undefined && found.ownerUid !== bot.uid) {
    return undefined // the last of an earlier Callbot of this name: the garbage collector is on its way
  }
  return found.applied === manifestHash(manifest) ? undefined : `the ${manifest.kind} differs from the spec`
}

function planRoute(world: World, bot: BotFacts): Step[] {
  const { route, settings } = world
  if (world.share.beyond !== undefined) return []
  const numbers = ownNumbers(world, bot)
  const own = ownRoute(world)
  if (own !== undefined && own.applied === manifestHash(renderRoute(bot, settings, numbers, own.epoch))) return []
  const epoch = nextEpoch(world.now, route?.epoch, bot.status?.routeEpoch)
  const because = route === undefined ? 'no edge knows the bot yet' : 'the route differs from the spec'
  return [
    {
      do: 'publishRoute',
      manifest: renderRoute(bot, settings, numbers, epoch),
      epoch,
      numbers: numbers.length,
      because,
    },
  ]
}

function planCertificate(world: World, bot: BotFacts): Plan {
  const { authority, now } = world
  if (authority === undefined) return { ...NOTHING_TO_DO, waitingFor: ["the operator's CA"] }
  const { because: due, renewAt = now } = judgeCertificate(world, bot.status?.certificate)
  const because = due ?? lostVolumeReason(world)
  if (because !== undefined) {
    const step: Step = {
      do: 'issueCertificate',
      secretName: tlsSecretName(bot.name),
      dnsNames: dnsNames(bot),
      because,
    }
    // Nobody tells when the new one is due: the next look, with the new one in sight, sets the time.
    return { steps: [step], waitingFor: [], recheckAfterSeconds: VOLUME_PATIENCE_SECONDS }
  }
  const moments = [renewAt, ...judgeVolumes(world).deadlines].filter((at) => at > now)
  const seconds = (Math.min(...moments) - now) / 1000
  return { ...NOTHING_TO_DO, recheckAfterSeconds: Math.max(1, Math.ceil(seconds)) }
}

/** What a pod lacks can't be made before there is a CA. */
const lostVolumeReason = (world: World) =>
  world.authority !== undefined && judgeVolumes(world).oursMissing ? 'a pod waits for its volumes' : undefined

/** Names that a peer may check: the Service and any pod behind it. */
function dnsNames(bot: BotFacts): string[] {
  const service = `${bot.name}.${bot.namespace}.svc`
  return [service, `${service}.cluster.local`]
}
