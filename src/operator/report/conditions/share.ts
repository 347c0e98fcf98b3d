import { wordingOf, type ConditionType } from '../../../api/conditions.ts'
import type { Beyond } from '../../../rules/shares.ts'
import { replicasAtRest } from '../../../rules/scaling/replica-count.ts'
import { isStoppedByShare } from '../../judge/replicas.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { fine, not, type Finding } from './finding.ts'

/** An object is more than its namespace may have: how much of how much, and whom to ask. */
export function quotaExceeded(type: ConditionType, namespace: string, { resource, used, limit, of }: Beyond): Finding {
  const [whose, path] =
    of === 'Namespace'
      ? [`namespace ${namespace} has`, `shares.namespaces.${namespace}.${resource}`]
      : ['all namespaces together have', `shares.total.${resource}`]
  return not(type, 'QuotaExceeded', wordingOf('QuotaExceeded', { whose, used, limit, resource, path }))
}

/** Whether the namespace has room for the bot as its spec has it, and for the pods that its callers need. */
export function withinShare(world: World, bot: BotFacts): Finding {
  const { beyond, pods } = world.share
  const why = beyond ?? (isStoppedByShare(world, bot) ? pods.stoppedBy : undefined)
  return why === undefined
    ? fine('WithinShare', 'its namespace has room for the bot, its numbers and its pods')
    : quotaExceeded('WithinShare', bot.namespace, why)
}

/** Whether what is missing is what the spec asks for. More pods than at rest are for callers: PlacesFree says whether they miss them. */
export const isShortOfSpec = ({ share: { beyond, pods } }: World, { spec }: BotFacts): boolean =>
  beyond !== undefined || pods.most < replicasAtRest(spec.capacity)
