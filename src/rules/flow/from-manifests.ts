import type { Callbot } from '../../api/callbot.ts'
import { parseFlowText } from '../../api/flow-text.ts'
import type { Manifests } from '../../api/manifests.ts'
import type { Problem } from '../../api/parse.ts'
import type { FlowContext } from './findings.ts'
import type { Flow } from './flow.ts'

/** The dialog of a bot and where it stands; or why there is none. */
export function dialogOf(
  bot: Callbot,
  { configMaps }: Manifests,
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
  const read = parseFlowText(text)
  if ('flow' in read) return { flow: read.flow, path }
  const problems = read.problems.map((problem) => ({
    ...problem,
    path: problem.path === '' ? path : `${path}: ${problem.path}`,
  }))
  return { problems }
}

/** What the dialog of a bot is checked against: the objects of the same files. */
export function factsFor(bot: Callbot, { integrations, policies }: Manifests, path: string): FlowContext {
  const { namespace } = bot.metadata
  const here = <T extends { metadata: { namespace?: string } }>(objects: readonly T[]) =>
    objects.filter(({ metadata }) => metadata.namespace === namespace)
  const policy = here(policies).find(({ metadata }) => metadata.name === bot.spec.retentionPolicyRef?.name)
  return {
    path,
    bot: bot.spec,
    integrations: new Map(here(integrations).map(({ metadata, spec }) => [metadata.name ?? '', spec])),
    policy: bot.spec.retentionPolicyRef === undefined ? undefined : (policy?.spec ?? 'unknown'),
  }
}
