import { CALLBOTS } from '../../api/kinds.ts'
import { isInvalid, isNamespaceTerminating } from '../../kube/errors.ts'
import { isFenceRefusal } from '../../kube/fence.ts'
import type { Applier } from '../../kube/applier.ts'
import type { Kube } from '../../kube/client.ts'
import { resources, type Resource } from '../../kube/resources.ts'
import { writeSealedSecret } from '../../kube/write-only-secret.ts'
import type { Caches } from '../observe/caches.ts'
import type { AreIdle } from '../observe/idle-check.ts'
import { childMetadata, type Manifest } from '../render/manifest.ts'
import type { Failure, Outcome, Plan, Step } from '../plan-steps.ts'
import type { BotFacts, ChildName, World } from '../world.ts'
import { issueLeaf, type Authority, type Leaf } from '../../pki/certificate-authority.ts'
import { writeConfiguration, type CheckDialog, type Refusals, type Written } from './bot-configuration.ts'
import { markPods, shrink } from './scale-down.ts'

export interface Hands {
  kube: Kube
  applier: Applier
  caches: Caches
  authority: () => Authority
  leafLifetimeSeconds: number
  checkDialog: CheckDialog
  refusals: Refusals
  areIdle: AreIdle
}

const CHILD_OF_KIND: Record<string, ChildName> = {
  Deployment: 'deployment',
  Service: 'service',
  PodDisruptionBudget: 'podDisruptionBudget',
  NetworkPolicy: 'networkPolicy',
}

/**
 * Carries out a plan, one request at a time: the API server belongs to everyone, and while it takes the later steps the pods of
 * the earlier ones start, so that one report tells of both. A step that fails stops no other but those that need what it makes.
 * Every answer is taken into the caches, so that the next cycle sees what this one did.
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function applyCallbot(hands: Hands, world: World, plan: Plan): Promise<Outcome> {
  const outcome: Outcome = { routeEpoch: ownEpoch(world), failures: [] }
  if (world.bot === undefined) hands.refusals.delete(`${world.namespace}/${world.name}`)
  let isConfigured = true
  for (const step of plan.steps) {
    const possible: Step | undefined =
      isConfigured || !needsConfiguration(step) ? step : withoutConfiguration(step, outcome)
    const isDone: boolean = possible !== undefined && (await attempt(hands, world, possible, outcome))
    if (step.do === 'writeConfiguration') isConfigured = isDone
  }
  return outcome
}

const needsConfiguration = (step: Step) => step.do === 'apply' && step.needs === 'configuration'

/** What can be done of a step when its configuration could not be written. Soon another cycle has a newer Callbot: then nothing. */
function withoutConfiguration(step: Step, outcome: Outcome): Step | undefined {
  if (outcome.superseded || step.do !== 'apply' || step.otherwise === undefined) return undefined
  return { ...step, manifest: step.otherwise }
}

const ownEpoch = (world: World) => (world.route?.callbotUid === world.bot?.uid ? world.route?.epoch : undefined)

/** Whether the step did what it was to do. */
async function attempt(hands: Hands, world: World, step: Step, outcome: Outcome): Promise<boolean> {
  try {
    return (await carryOut(hands, world, step, outcome)) !== false
  } catch (cause) {
    if (isFenceRefusal(cause)) throw cause
    // The Callbot goes with its namespace: there is nothing left to bring about, and nobody to tell.
    if (isNamespaceTerminating(cause)) outcome.namespaceEnds = true
    else outcome.failures.push(failureOf(step, cause))
    return false
  }
}

function failureOf(step: Step, cause: unknown): Failure {
  const what = 'manifest' in step ? step.manifest.kind : step.do
  const message = cause instanceof Error ? cause.message : String(cause)
  // A value that the API server can't accept will not be accepted a second time; a quota may be raised.
  return { step: step.do, what, final: isInvalid(cause), message, cause }
}

async function carryOut(hands: Hands, world: World, step: Step, outcome: Outcome): Promise<boolean | void> {
  switch (step.do) {
    case 'apply':
      return applyChild(hands, world, step.manifest)
    case 'markLeavers':
    case 'keepPods':
      return markPods(hands, world.namespace, step.pods, step.do === 'markLeavers')
    case 'shrink': {
      const apply = (manifest: Manifest) => applyChild(hands, world, manifest)
      return shrink({ areIdle: hands.areIdle, apply }, step.manifest, step.leavers)
    }
    case 'issueCertificate':
      outcome.certificate = await issueCertificate(hands, world, step)
      return
    case 'publishRoute':
      hands.caches.routes.absorb(await hands.kube.apply(step.manifest))
      outcome.routeEpoch = step.epoch
      return
    case 'withdrawRoute':
      return withdrawRoute(hands, world, step)
    case 'writeConfiguration':
      return noteWritten(await writeConfiguration(hands, world, step.name), step.name, outcome)
    case 'removeConfiguration':
      await hands.kube.remove(resources.configMaps, world.namespace, step.name)
      outcome.removedConfigurations = [...(outcome.removedConfigurations ?? []), step.name]
  }
}

function noteWritten(written: Written, name: string, outcome: Outcome): boolean {
  if (written === 'written') outcome.configuration = name
  else if (written === 'superseded') outcome.superseded = true
  else outcome.dialogProblem = written.refused
  return written === 'written'
}

async function applyChild(hands: Hands, world: World, manifest: Manifest): Promise<void> {
  const child = CHILD_OF_KIND[manifest.kind]!
  const answer = await hands.applier.applyIfChanged(manifest, world.children[child])
  if (answer !== undefined) hands.caches.children[child].absorb(answer)
}

async function withdrawRoute(hands: Hands, world: World, step: Extract<Step, { do: 'withdrawRoute' }>): Promise<void> {
  const { operatorNamespace } = world.settings
  if (await isThere(hands.kube, CALLBOTS, world)) return // the cache has yet to hear of it, and its calls need the route
  await hands.kube.remove(resources.configMaps, operatorNamespace, step.name, { uid: step.uid })
  hands.caches.routes.forget(operatorNamespace, step.name, step.uid)
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
  hands: Hands,
  world: World,
  step: Extract<Step, { do: 'issueCertificate' }>,
): Promise<Outcome['certificate']> {
  const bot = world.bot!
  const request = { commonName: `${bot.name}.${bot.namespace}`.slice(0, 64), dnsNames: step.dnsNames }
  const leaf = issueLeaf(hands.authority(), request, world.now, hands.leafLifetimeSeconds)
  await writeSealedSecret(hands.kube, secretManifest(bot, step.secretName, leaf))
  return {
    serial: leaf.serial,
    issuer: leaf.issuer,
    bundle: leaf.bundleId,
    notBefore: leaf.notBefore.toISOString(),
    notAfter: leaf.notAfter.toISOString(),
  }
}

/** Built here and not in render/: a private key has no place in a plan, which people print. */
function secretManifest(bot: BotFacts, name: string, leaf: Leaf): Manifest {
  const base64 = (text: string) => Buffer.from(text).toString('base64')
  return {
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: childMetadata(bot, name),
    type: 'callbots.dev/sip-tls',
    data: { 'tls.crt': base64(leaf.certificate), 'tls.key': base64(leaf.key), 'ca.crt': base64(leaf.bundle) },
  }
}
