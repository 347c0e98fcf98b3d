import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { parseAllDocuments } from 'yaml'
import type { Callbot } from '../api/callbot.ts'
import type { RetentionPolicy } from '../api/retention-policy.ts'
import { parseObject } from '../api/parse.ts'
import { planCallbot } from './plan/callbot.ts'
import { botConfiguration, configurationName, renderConfiguration } from './render/configuration.ts'
import type { Manifest } from './render/manifest.ts'
import { asTable, asYaml } from './render/explanation.ts'
import { freshWorld, type Declared } from './render/fresh.ts'
import type { World } from './world.ts'

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
    const world = freshWorld(bot, declared, zones, Date.now())
    const plan = planCallbot(world)
    process.stdout.write(options.output === 'yaml' ? asYaml(plan, configurationOf(bot, world)) : asTable(world, plan))
  }
}

function configurationOf({ spec }: Callbot, world: World): Manifest {
  const name = configurationName(world.bot!, world.collect)
  return renderConfiguration(world.bot!, name, botConfiguration(spec, world.collect))
}

function declaredIn(source: string, file: string): Declared {
  const faults: string[] = []
  const objects: { kind: string; metadata: { name: string; namespace?: string } }[] = []
  parseAllDocuments(source).forEach((document, index) => {
    const where = `${file}, document ${index + 1}`
    if (document.errors.length > 0) return void faults.push(`${where}: ${document.errors[0]!.message}`)
    const raw = document.toJS() as { apiVersion?: string; kind?: string } | null
    if (raw === null || !raw.apiVersion?.startsWith('callbots.dev/')) return // a Namespace, a ConfigMap: not ours
    const parsed = parseObject(raw)
    if ('value' in parsed) objects.push(parsed.value as (typeof objects)[number])
    else for (const { path, message } of parsed.problems) faults.push(`${where}: ${path}: ${message}`)
  })
  if (faults.length > 0) throw new Error(`the API server would refuse this:\n  ${faults.join('\n  ')}`)
  const ofKind = (kind: string) => objects.filter((object) => object.kind === kind)
  const names = (kind: string) => new Set(ofKind(kind).map((object) => object.metadata.name))
  return {
    bots: ofKind('Callbot') as unknown as Callbot[],
    integrations: names('Integration'),
    retentionPolicies: new Map(
      (ofKind('RetentionPolicy') as unknown as RetentionPolicy[]).map(({ metadata, spec }) => [
        metadata.name ?? '',
        spec.collect.map(({ field }) => field),
      ]),
    ),
  }
}
