import { parseAllDocuments } from 'yaml'
import type { Callbot } from '../../api/callbot.ts'
import type { Integration } from '../../api/integration.ts'
import { parseFlow, parseObject, type Problem } from '../../api/parse.ts'
import type { RetentionPolicy } from '../../api/retention-policy.ts'
import type { DialogFacts } from '../../rules/dialog/check.ts'
import type { Flow } from '../../rules/dialog/flow.ts'

/** What manifests declare, as far as a dialog is concerned. */
export interface Declared {
  readonly bots: readonly Callbot[]
  readonly integrations: readonly Integration[]
  readonly policies: readonly RetentionPolicy[]
  readonly configMaps: readonly ConfigMap[]
  /** What the API server would refuse. The path begins with the file and the document. */
  readonly problems: readonly Problem[]
}

interface ConfigMap {
  readonly kind: 'ConfigMap'
  readonly metadata: { readonly name: string; readonly namespace?: string }
  readonly data?: Readonly<Record<string, string>>
}

type Ours = Callbot | Integration | RetentionPolicy

/** Reads manifests as `kubectl apply` takes them; kinds of others are passed over. */
export function readManifests(files: readonly { readonly name: string; readonly text: string }[]): Declared {
  const problems: Problem[] = []
  const ours: Ours[] = []
  const configMaps: ConfigMap[] = []
  for (const { name, text } of files) {
    parseAllDocuments(text).forEach((document, index) => {
      const where = `${name}, document ${index + 1}`
      const [fault] = document.errors
      if (fault !== undefined) return void problems.push({ path: where, message: fault.message })
      const raw: unknown = document.toJS()
      const { apiVersion, kind } = (raw ?? {}) as { apiVersion?: unknown; kind?: unknown }
      if (kind === 'ConfigMap') return void configMaps.push(raw as ConfigMap)
      if (typeof apiVersion !== 'string' || !apiVersion.startsWith('callbots.dev/')) return
      const parsed = parseObject(raw)
      if ('value' in parsed) ours.push(parsed.value as unknown as Ours)
      else problems.push(...parsed.problems.map(({ path, message }) => ({ path: `${where}: ${path}`, message })))
    })
  }
  const ofKind = <T extends Ours>(kind: T['kind']) => ours.filter((object): object is T => object.kind === kind)
  return {
    bots: ofKind<Callbot>('Callbot'),
    integrations: ofKind<Integration>('Integration'),
    policies: ofKind<RetentionPolicy>('RetentionPolicy'),
    configMaps,
    problems,
  }
}

/** The dialog of a bot and where it stands; or why there is none. */
export function dialogOf(
  bot: Callbot,
  { configMaps }: Declared,
): { flow: Flow; path: string } | { problems: Problem[] } {
  const { inline, configMapRef } = bot.spec.dialog
  if (inline !== undefined) return { flow: inline, path: 'spec.dialog.inline' }
  const { name, key } = configMapRef!
  const found = configMaps.find(
    ({ metadata }) => metadata.name === name && metadata.namespace === bot.metadata.namespace,
  )
  const text = found?.data?.[key]
  const path = `ConfigMap ${name}, ${key}`
  if (text === undefined) {
    const message = 'it is not in the files given: give the file that holds it too'
    return { problems: [{ path, message }] }
  }
  const [document] = parseAllDocuments(text)
  const fault = document?.errors[0]
  if (fault !== undefined) return { problems: [{ path, message: fault.message }] }
  const parsed = parseFlow(document?.toJS())
  if ('value' in parsed) return { flow: parsed.value, path }
  return { problems: parsed.problems.map((problem) => ({ ...problem, path: `${path}: ${problem.path}` })) }
}

/** What the dialog of a bot is checked against: the objects of the same files. */
export function factsFor(bot: Callbot, { integrations, policies }: Declared, path: string): DialogFacts {
  const { namespace } = bot.metadata
  const here = <T extends Ours>(objects: readonly T[]) =>
    objects.filter(({ metadata }) => metadata.namespace === namespace)
  const policy = here(policies).find(({ metadata }) => metadata.name === bot.spec.retentionPolicyRef?.name)
  return {
    path,
    bot: bot.spec,
    integrations: new Map(here(integrations).map(({ metadata, spec }) => [metadata.name ?? '', spec])),
    policy: bot.spec.retentionPolicyRef === undefined ? undefined : (policy?.spec ?? 'unknown'),
  }
}
