import { requirementsOf } from '../../rules/placement.ts'
import type { BotFacts, PlacedPod, World } from '../world/callbot.ts'
import type { CachedPod } from './projections.ts'
import type { ObserveSources } from './sources.ts'

/** On which nodes run the pods of a bot, and those that its calls pass: edges, speech, store. In the order of their names, its own first. */
export function observePlacement(
  { caches, settings }: Pick<ObserveSources, 'caches' | 'settings'>,
  bot: BotFacts | undefined,
): Pick<World, 'placed' | 'nodeLabels'> {
  if (bot === undefined || requirementsOf(bot.spec.placement, settings.placement).length === 0)
    return { placed: [], nodeLabels: [] }
  const placed = (pods: Iterable<CachedPod>, isOwn: boolean): PlacedPod[] =>
    [...pods]
      .flatMap(({ name, node, running, terminating }) => {
        const labels = caches.nodes.get('', node)?.labels
        // What has ended is nowhere; what has calls while it ends is still there.
        return labels === undefined || (terminating && !running) ? [] : [{ name, node, labels, isOwn }]
      })
      .sort((one, other) => (one.name < other.name ? -1 : 1))
  // Of the operator's pods only those that write records are no bot's.
  const records = caches.pods.byIndex('bot', `${bot.namespace}/`)
  return {
    placed: [
      ...placed(caches.pods.byIndex('bot', `${bot.namespace}/${bot.name}`), true),
      ...placed([...(caches.parts?.list() ?? []), ...records], false),
    ],
    nodeLabels: [...new Set([...caches.nodes.list()].map(({ labels }) => labels))],
  }
}
