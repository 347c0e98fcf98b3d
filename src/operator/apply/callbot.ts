import { CALLBOTS } from '../../api/kinds.ts'
import type { Kube } from '../../kube/client.ts'
import { resources, type Resource } from '../../kube/resources.ts'
import { replaceUnreadSecret } from '../../kube/write-only-secret.ts'
import { ownRoute } from '../judge/route.ts'
import type { Amounts } from '../../rules/shares.ts'
import { replicasOf } from '../render/deployment.ts'
import { childMetadata, type Manifest } from '../render/manifest.ts'
import type { Outcome, Plan, Step } from '../steps/callbot.ts'
import type { ChildName, World } from '../world/callbot.ts'
import { issueLeaf } from '../../pki/certificate-authority.ts'
import { leafSecret } from '../certificates/leaf-secret.ts'
import { attempt } from './attempt.ts'
import { writeConfiguration, type WriteResult } from './bot-configuration.ts'
import type { ApplyDependencies } from './dependencies.ts'
import { markPods, scaleDown } from './scale-down.ts'

const CHILD_OF_KIND: Record<string, ChildName> = {
  Deployment: 'deployment',
  Service: 'service',
  PodDisruptionBudget: 'podDisruptionBudget',
  NetworkPolicy: 'networkPolicy',
}

/**
 * Carries out a plan, one request at a time: the API server belongs to everyone, and while it takes the later steps the pods of
 * the earlier ones start, so that one report covers both. A step that fails stops no other but those that need what it makes.
 * Every answer is taken into the caches, so that the next cycle sees what this one did.
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function applyCallbot(dependencies: ApplyDependencies, world: World, plan: Plan): Promise<Outcome> {
  const { namespace, name } = world
  // Before the first request: other bots are decided on meanwhile.
  const release = dependencies.caches.taken.reserve(namespace, name, amountsOf(plan))
  try {
    return await carryOutAll(dependencies, world, plan)
  } finally {
    release()
  }
}

/** What a plan takes of what all namespaces share. */
function amountsOf({ steps }: Plan): Amounts {
  const of = (step: Step): Amounts => {
    if (step.do === 'publishRoute') return { callbots: 1, numbers: step.numbers }
    return step.do === 'apply' && step.manifest.kind === 'Deployment' ? { pods: replicasOf(step.manifest) } : {}
  }
  return steps.reduce<Amounts>((sum, step) => ({ ...sum, ...of(step) }), {})
}

async function carryOutAll(dependencies: ApplyDependencies, world: World, plan: Plan): Promise<Outcome> {
  const outcome: Outcome = { routeEpoch: ownRoute(world)?.epoch, failures: [] }
  if (world.bot === undefined) dependencies.refusals.delete(`${world.namespace}/${world.name}`)
  let isConfigured = true
  for (const step of plan.steps) {
    const possible: Step | undefined =
      isConfigured || !needsConfiguration(step) ? step : withoutConfiguration(step, outcome)
    const isDone: boolean =
      possible !== undefined &&
      (await attempt(outcome, step, whatOf(possible), () => carryOut(dependencies, world, possible, outcome)))
    if (step.do === 'writeConfiguration') isConfigured = isDone
  }
  return outcome
}

const whatOf = (step: Step) => ('manifest' in step ? step.manifest.kind : step.do)

const needsConfiguration = (step: Step) => step.do === 'apply' && step.needs === 'configuration'

/** What can be done of a step when its configuration could not be written. Soon another cycle has a newer Callbot: then nothing. */
function withoutConfiguration(step: Step, outcome: Outcome): Step | undefined {
  if (outcome.superseded || step.do !== 'apply' || step.otherwise === undefined) return undefined
  return { ...step, manifest: step.otherwise }
}

async function carryOut(
  dependencies: ApplyDependencies,
  world: World,
  step: Step,
  outcome: Outcome,
): Promise<boolean | void> {
  switch (step.do) {
    case 'apply':
      return applyChild(dependencies, world, step.manifest)
    case 'markPodsForRemoval':
    case 'unmarkPods':
      return markPods(dependencies, world.namespace, step.pods, step.do === 'markPodsForRemoval')
    case 'scaleDown': {
      const apply = (manifest: Manifest) => applyChild(dependencies, world, manifest)
      return scaleDown({ areIdle: dependencies.areIdle, apply }, step.manifest, step.podsToRemove)
    }
    case 'issueCertificate':
      outcome.certificate = await issueCertificate(dependencies, world, step)
      return
    case 'publishRoute':
      dependencies.caches.routes.absorb(await dependencies.kube.apply(step.manifest))
      outcome.routeEpoch = step.epoch
      return
    case 'withdrawRoute':
      return withdrawRoute(dependencies, world, step)
    case 'writeConfiguration':
      return noteWritten(await writeConfiguration(dependencies, world, step.name), step.name, outcome)
    case 'removeConfiguration':
      await dependencies.kube.remove(resources.configMaps, world.namespace, step.name)
      outcome.removedConfigurations = [...(outcome.removedConfigurations ?? []), step.name]
  }
}

function noteWritten(written: WriteResult, name: string, outcome: Outcome): boolean {
  if (written === 'written') outcome.configuration = name
  else if (written === 'superseded') outcome.superseded = true
  else outcome.flowProblem = written.refused
  return written === 'written'
}

async function applyChild(dependencies: ApplyDependencies, world: World, manifest: Manifest): Promise<void> {
  const child = CHILD_OF_KIND[manifest.kind]!
  const answer = await dependencies.applier.applyIfChanged(manifest, world.children[child])
  if (answer !== undefined) dependencies.caches.children[child].absorb(answer)
}

async function withdrawRoute(
  dependencies: ApplyDependencies,
  world: World,
  step: Extract<Step, { do: 'withdrawRoute' }>,
): Promise<void> {
  const { operatorNamespace } = world.settings
  if (await isThere(dependencies.kube, CALLBOTS, world)) return // the cache has yet to hear of it, and its calls need the route
  await dependencies.kube.remove(resources.configMaps, operatorNamespace, step.name, { uid: step.uid })
  dependencies.caches.routes.forget(operatorNamespace, step.name, step.uid)
}

type Named = Pick<World, 'namespace' | 'name'>

/** Asks the API server itself: the watch of Callbots may be behind the one of routes. The right to list is enough. */
export async function isThere(kube: Kube, kind: Resource, { namespace, name }: Named): Promise<boolean> {
  for await (const found of kube.list(kind, { namespace, fieldSelector: `metadata.name=${name}` })) {
    if (found.metadata.name === name) return true
  }
  return false
}

async function issueCertificate(
  dependencies: ApplyDependencies,
  world: World,
  step: Extract<Step, { do: 'issueCertificate' }>,
): Promise<Outcome['certificate']> {
  const bot = world.bot!
  const request = { commonName: `${bot.name}.${bot.namespace}`.slice(0, 64), dnsNames: step.dnsNames }
  const leaf = issueLeaf(dependencies.authority(), request, world.now, dependencies.leafLifetimeSeconds)
  await replaceUnreadSecret(dependencies.kube, leafSecret(childMetadata(bot, step.secretName), leaf))
  return {
    serial: leaf.serial,
    issuer: leaf.issuer,
    bundle: leaf.bundleId,
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
  }
}
