import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import type { Callbot } from '../api/callbot.ts'
import { type Manifests, readManifests } from '../api/manifests.ts'
import { callPolicyOf } from '../rules/policy-order.ts'
import type { Problem } from '../api/parse.ts'
import { checkFlow, type Findings } from '../rules/flow/check.ts'
import { dialogOf, factsFor } from '../rules/flow/from-manifests.ts'
import { planCallbot } from './plan/callbot.ts'
import { configurationName } from './judge/configuration.ts'
import { botConfiguration, renderConfiguration } from './render/bot-configuration.ts'
import type { Manifest } from './render/manifest.ts'
import { asTable, asYaml } from './dry-run/output.ts'
import { newWorld, type Declared } from './dry-run/world.ts'
import { integrationConfiguration } from './render/bot-configuration-integrations.ts'
import type { World } from './world/callbot.ts'

export interface ExplainOptions {
  /** A path, or "-" for standard input. */
  file: string
  /** Names with commas between. */
  zones: string
  output: string
}

/**
 * The verb `plan`: what the operator would do about the Callbots of a file on a cluster that has none of it yet.
 * @throws an Error with every fault of the file: document, field, cure
 */
export async function run(options: ExplainOptions): Promise<void> {
  const source = options.file === '-' ? await text(process.stdin) : await readFile(options.file, 'utf8')
  const declared = declaredIn(source, options.file)
  if (declared.bots.length === 0) throw new Error(`${options.file} holds no Callbot: add one, or name another file`)
  const zones = options.zones.split(',').filter((zone) => zone !== '')
  for (const bot of declared.bots) {
    const world = newWorld(bot, declared, zones, Date.now())
    const plan = planCallbot(world)
    const shown = () => asYaml(plan, configurationOf(bot, world, declared))
    process.stdout.write(options.output === 'yaml' ? shown() : asTable(world, plan))
  }
}

function configurationOf({ spec }: Callbot, world: World, { integrations }: Declared): Manifest {
  const name = configurationName(world.bot!, world.policy)
  const configurations = spec.integrationRefs.map((ref) =>
    integrationConfiguration(ref.name, integrations.get(ref.name)),
  )
  return renderConfiguration(world.bot!, name, botConfiguration(spec, world.policy, configurations))
}

/** Everything in the file, once the API server and the webhook would take all of it. */
function declaredIn(source: string, file: string): Declared {
  const manifests = readManifests([{ name: file, text: source }])
  const checks = manifests.bots.map((bot) => checkBot(bot, manifests))
  const faults = [...manifests.problems, ...checks.flatMap(({ errors }) => errors)].map(lineOf)
  if (faults.length > 0) throw new Error(`the API server would refuse this:\n  ${faults.join('\n  ')}`)
  for (const line of checks.flatMap(({ warnings }) => warnings).map(lineOf)) process.stderr.write(`Warning: ${line}\n`)
  return {
    bots: [...manifests.bots],
    integrations: new Map(manifests.integrations.map(({ metadata, spec }) => [metadata.name ?? '', spec])),
    retentionPolicies: new Map(
      manifests.policies.map(({ metadata, spec }) => [metadata.name ?? '', callPolicyOf(spec)]),
    ),
  }
}

const lineOf = ({ path, message }: Problem) => `${path}: ${message}`

/** A dialog in a ConfigMap that the file lacks is no fault of the file. */
function checkBot(bot: Callbot, manifests: Manifests): Findings {
  const dialog = dialogOf(bot, manifests)
  if ('problems' in dialog) return { errors: [], warnings: dialog.problems }
  return checkFlow(dialog.flow, factsFor(bot, manifests, dialog.path))
}
