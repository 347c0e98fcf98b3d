import type { BotIntegration } from '../../api/bot-configuration.ts'
import type { Callbot, CallbotSpec } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../../api/kinds.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { Kube } from '../../kube/client.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources, type Resource } from '../../kube/resources.ts'
import { writeSealed } from '../../kube/write-only-secret.ts'
import type { Caches } from '../observe/caches.ts'
import {
  botConfiguration,
  configurationFacts,
  configurationName,
  renderConfiguration,
} from '../render/bot-configuration.ts'
import { madeAtOf } from '../plan/bot-configuration.ts'
import type { DialogProblem } from '../plan-steps.ts'
import { toldFacts, toldIntegration } from '../render/bot-configuration-integrations.ts'
import type { BotFacts, World } from '../world.ts'

type IntegrationSpec = Integration['spec']
type RetentionPolicySpec = RetentionPolicy['spec']

/** What a dialog is checked against. */
export interface DialogFacts {
  path: string
  bot: CallbotSpec
  integrations: Map<string, IntegrationSpec | undefined>
  policy: RetentionPolicySpec | undefined | 'unknown'
}

export type CheckDialog = (
  flow: NonNullable<CallbotSpec['dialog']['inline']>,
  facts: DialogFacts,
) => { errors: DialogProblem[] }

/** Verdicts on dialogs that break a rule, so that each is read and checked once and not in each cycle. */
export type Refusals = Map<string, { stamp: string; problem: DialogProblem }>

export interface Writer {
  kube: Kube
  caches: Pick<Caches, 'integrations'>
  checkDialog: CheckDialog
  refusals: Refusals
}

/**
 * `superseded`: the Callbot is another by now, and the watch will tell.
 * `refused`: its dialog breaks a rule that the webhook did not see, so its pods keep what they have.
 */
export type Written = 'written' | 'superseded' | { refused: DialogProblem }

/**
 * Writes the configuration of that name. The operator's memory holds no dialogs, so the Callbot is read for it: this
 * happens when it has changed, and never otherwise.
 */
export async function writeConfiguration(writer: Writer, world: World, name: string): Promise<Written> {
  const bot = world.bot!
  const key = `${bot.namespace}/${bot.name}`
  const stamp = stampOf(writer, world, name)
  const known = writer.refusals.get(key)
  if (known?.stamp === stamp) return { refused: known.problem }
  const spec = (await read(writer.kube, CALLBOTS, bot.namespace, bot.name, bot.uid))?.['spec'] as Callbot['spec']
  if (spec === undefined) return 'superseded'
  const { integrations: added } = bot.configuration
  const configuration = { ...configurationFacts(spec), ...(added !== undefined && { integrations: added }) }
  const integrations = await toldIntegrations(writer, bot)
  if (configurationName({ ...bot, configuration }, world.collect) !== name || integrations === undefined) {
    return 'superseded'
  }
  const problem = await firstProblem(writer, world, spec)
  if (problem !== undefined) {
    writer.refusals.set(key, { stamp, problem })
    return { refused: problem }
  }
  writer.refusals.delete(key)
  const content = { ...botConfiguration(spec, world.collect, integrations), testsAt: madeAtOf(world, bot, name) }
  await writeSealed(writer.kube, resources.configMaps, renderConfiguration(bot, name, content))
  return 'written'
}

/** What pods are told of each Integration; undefined when one is another by now than the name of the configuration says. */
async function toldIntegrations({ kube, caches }: Writer, bot: BotFacts): Promise<BotIntegration[] | undefined> {
  const told = await Promise.all(
    bot.spec.integrationRefs.map(async ({ name }): Promise<BotIntegration | undefined> => {
      const known = caches.integrations.get(bot.namespace, name)?.told
      if (known === undefined) return { name }
      if (!known.hasHttp) return { name, ...(known.sip && { sip: known.sip }) }
      const spec = (await read(kube, INTEGRATIONS, bot.namespace, name))?.['spec'] as IntegrationSpec | undefined
      return spec !== undefined && toldFacts(spec).digest === known.digest ? toldIntegration(name, spec) : undefined
    }),
  )
  return told.every((each) => each !== undefined) ? told : undefined
}

/** What the verdict rests upon: the dialog and the policy are in the name; Integrations have their versions. */
function stampOf({ caches }: Writer, world: World, name: string): string {
  const { namespace, uid, spec } = world.bot!
  const versions = spec.integrationRefs.map((ref) => caches.integrations.get(namespace, ref.name)?.generation ?? '')
  return [uid, name, ...versions].join(' ')
}

async function firstProblem(writer: Writer, world: World, spec: CallbotSpec): Promise<DialogProblem | undefined> {
  const flow = spec.dialog.inline
  if (flow === undefined) return undefined // the user's ConfigMap: its pods check it, the operator may not read it
  const { namespace } = world
  const names = flow.steps.some(({ call }) => call !== undefined) ? spec.integrationRefs.map((ref) => ref.name) : []
  const found = await Promise.all(names.map((name) => read(writer.kube, INTEGRATIONS, namespace, name)))
  const integrations = new Map(
    names.map((name, index) => [name, found[index]?.['spec'] as IntegrationSpec | undefined]),
  )
  const policyName = spec.retentionPolicyRef?.name
  const policy =
    policyName === undefined
      ? undefined
      : (await read(writer.kube, RETENTION_POLICIES, namespace, policyName))?.['spec']
  return writer.checkDialog(flow, {
    path: 'spec.dialog.inline',
    bot: spec,
    integrations,
    policy: policyName !== undefined && policy === undefined ? 'unknown' : (policy as RetentionPolicySpec | undefined),
  }).errors[0]
}

/** One object as it is now. The right to list is enough, and there is no other right to read. */
async function read(
  kube: Kube,
  resource: Resource,
  namespace: string,
  name: string,
  uid?: string,
): Promise<Raw | undefined> {
  for await (const found of kube.list(resource, { namespace, fieldSelector: `metadata.name=${name}` })) {
    if (found.metadata.name === name && (uid === undefined || found.metadata.uid === uid)) return found
  }
  return undefined
}
