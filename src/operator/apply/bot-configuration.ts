import type { BotIntegration } from '../../api/bot-configuration.ts'
import type { Callbot, CallbotSpec } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import { CALLBOTS, INTEGRATIONS, RETENTION_POLICIES } from '../../api/kinds.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { Kube } from '../../kube/client.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources, type Resource } from '../../kube/resources.ts'
import { replaceUnread } from '../../kube/write-only-secret.ts'
import type { Caches } from '../observe/caches.ts'
import { botConfiguration, configurationFacts, renderConfiguration } from '../render/bot-configuration.ts'
import { configurationName, createdAtOf } from '../judge/configuration.ts'
import type { FlowProblem } from '../steps/callbot.ts'
import { integrationConfigurationFacts, integrationConfiguration } from '../render/bot-configuration-integrations.ts'
import type { BotFacts, World } from '../world/callbot.ts'

type IntegrationSpec = Integration['spec']
type RetentionPolicySpec = RetentionPolicy['spec']

/** What a dialog is checked against. */
export interface FlowContext {
  path: string
  bot: CallbotSpec
  integrations: Map<string, IntegrationSpec | undefined>
  policy: RetentionPolicySpec | undefined | 'unknown'
  regions: readonly string[]
}

export type CheckFlow = (
  flow: NonNullable<CallbotSpec['dialog']['inline']>,
  facts: FlowContext,
) => { errors: FlowProblem[] }

/** Verdicts on dialogs that break a rule, so that each is read and checked once and not in each cycle. */
export type Refusals = Map<string, { stamp: string; problem: FlowProblem }>

export interface Writer {
  kube: Kube
  caches: Pick<Caches, 'integrations'>
  checkFlow: CheckFlow
  refusals: Refusals
}

/**
 * `superseded`: the Callbot is another by now, and the watch will tell.
 * `refused`: its dialog breaks a rule that the webhook did not see, so its pods keep what they have.
 */
export type WriteResult = 'written' | 'superseded' | { refused: FlowProblem }

/**
 * Writes the configuration of that name. The operator's memory holds no dialogs, so the Callbot is read for it: this
 * happens when it has changed, and never otherwise.
 */
export async function writeConfiguration(writer: Writer, world: World, name: string): Promise<WriteResult> {
  const bot = world.bot!
  const key = `${bot.namespace}/${bot.name}`
  const verdictKey = verdictKeyOf(writer, world, name)
  const known = writer.refusals.get(key)
  if (known?.stamp === verdictKey) return { refused: known.problem }
  const spec = (await read(writer.kube, CALLBOTS, bot.namespace, bot.name, bot.uid))?.['spec'] as Callbot['spec']
  if (spec === undefined) return 'superseded'
  const { integrations: added } = bot.configuration
  const configuration = { ...configurationFacts(spec), ...(added !== undefined && { integrations: added }) }
  const integrations = await integrationConfigurations(writer, bot)
  if (configurationName({ ...bot, configuration }, world.policy) !== name || integrations === undefined) {
    return 'superseded'
  }
  const problem = await firstProblem(writer, world, spec)
  if (problem !== undefined) {
    writer.refusals.set(key, { stamp: verdictKey, problem })
    return { refused: problem }
  }
  writer.refusals.delete(key)
  const content = { ...botConfiguration(spec, world.policy, integrations), testsAt: createdAtOf(world, bot, name) }
  await replaceUnread(writer.kube, resources.configMaps, renderConfiguration(bot, name, content))
  return 'written'
}

/** What pods receive of each Integration; undefined when one is another by now than the name of the configuration says. */
async function integrationConfigurations(
  { kube, caches }: Writer,
  bot: BotFacts,
): Promise<BotIntegration[] | undefined> {
  const configurations = await Promise.all(
    bot.spec.integrationRefs.map(async ({ name }): Promise<BotIntegration | undefined> => {
      const known = caches.integrations.get(bot.namespace, name)?.configuration
      if (known === undefined) return { name }
      if (!known.hasHttp) return { name, ...(known.sip && { sip: known.sip }) }
      const spec = (await read(kube, INTEGRATIONS, bot.namespace, name))?.['spec'] as IntegrationSpec | undefined
      return spec !== undefined && integrationConfigurationFacts(spec).digest === known.digest
        ? integrationConfiguration(name, spec)
        : undefined
    }),
  )
  return configurations.every((each) => each !== undefined) ? configurations : undefined
}

/** What the verdict rests upon: the dialog and the policy are in the name; Integrations have their versions. */
function verdictKeyOf({ caches }: Writer, world: World, name: string): string {
  const { namespace, uid, spec } = world.bot!
  const versions = spec.integrationRefs.map((ref) => caches.integrations.get(namespace, ref.name)?.generation ?? '')
  return [uid, name, ...versions].join(' ')
}

async function firstProblem(writer: Writer, world: World, spec: CallbotSpec): Promise<FlowProblem | undefined> {
  const flow = spec.dialog.inline
  if (flow === undefined) return undefined // the user's ConfigMap: its pods check it, the operator may not read it
  const { namespace } = world
  const names = flow.steps.some(({ request }) => request !== undefined)
    ? spec.integrationRefs.map((ref) => ref.name)
    : []
  const found = await Promise.all(names.map((name) => read(writer.kube, INTEGRATIONS, namespace, name)))
  const integrations = new Map(
    names.map((name, index) => [name, found[index]?.['spec'] as IntegrationSpec | undefined]),
  )
  const policyName = spec.retentionPolicyRef?.name
  const policy =
    policyName === undefined
      ? undefined
      : (await read(writer.kube, RETENTION_POLICIES, namespace, policyName))?.['spec']
  return writer.checkFlow(flow, {
    path: 'spec.dialog.inline',
    bot: spec,
    regions: world.settings.placement.regions,
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
