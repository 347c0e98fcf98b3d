import { wordingOf } from '../../../api/conditions.ts'
import { replicasAtRest } from '../../../rules/scaling/replica-count.ts'
import { podsTakingCalls } from '../../judge/pods.ts'
import { heldReplicas } from '../../judge/replicas.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { earlier, fine, not, type Finding } from './finding.ts'
import { quotaExceeded } from './share.ts'

/** The share of the places that has to be free before it is said that there are free ones again: not with each call that ends. */
const FREE_AGAIN = 0.05

/** Whether the next caller finds a place. While more pods may come, they are on their way: callers wait for seconds. */
export function placesFree(world: World, bot: BotFacts): Finding | undefined {
  const before = earlier(bot, 'PlacesFree')
  const { places, free = 0 } = world.calls ?? {}
  if (places === undefined) return before
  // Pods that take no calls at all are another finding's.
  if (places === 0) return before
  const wasTaken = before?.status === 'False'
  const isTaken = wasTaken ? free < FREE_AGAIN * places : free === 0
  if (!isTaken || mayGrow(world, bot))
    return fine('PlacesFree', 'the next caller finds a free place, now or as soon as a pod has started')
  const { stoppedBy } = world.share.pods
  if (stoppedBy !== undefined && isHeldBack(world, bot)) return quotaExceeded('PlacesFree', bot.namespace, stoppedBy)
  const pods = podsTakingCalls(world).length
  const path = bot.spec.capacity.scaling === 'Buffer' ? 'spec.capacity.maxReplicas' : 'spec.capacity.replicas'
  return not('PlacesFree', 'NoFreePlace', wordingOf('NoFreePlace', { places, pods, path }))
}

/** More pods come by themselves. */
const mayGrow = (world: World, bot: BotFacts): boolean =>
  bot.spec.capacity.scaling === 'Buffer' &&
  heldReplicas(world, bot) < Math.min(bot.spec.capacity.maxReplicas, world.share.pods.most)

/** The spec allows more pods than the namespace may have. */
function isHeldBack(world: World, { spec: { capacity } }: BotFacts): boolean {
  const allowed = capacity.scaling === 'Buffer' ? capacity.maxReplicas : replicasAtRest(capacity)
  return allowed > world.share.pods.most
}
