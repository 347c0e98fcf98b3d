import { manifestHash } from '../../kube/field-ownership.ts'
import { replicasFor } from '../../rules/scaling/replica-count.ts'
import { choosePodsToRemove } from '../../rules/scaling/scale-down.ts'
import { demandNow, ownDeployment, wantedReplicas } from '../judge/replicas.ts'
import type { Manifest } from '../render/manifest.ts'
import type { Step } from '../steps/callbot.ts'
import type { BotFacts, PodFacts, World } from '../world/callbot.ts'

/** Seconds until it is looked again whether fewer pods are enough. */
const LOOK_AGAIN_SECONDS = 10

/** What is to become of the number of pods. */
export interface ReplicaPlan {
  /** What the Deployment shall ask for at once: never fewer than it does. */
  replicas: number
  /** Fewer than that, once those that shall go have been found without a call. */
  fewer: { replicas: number; podsToRemove: PodFacts[] } | undefined
  recheckAfterSeconds: number | undefined
}

/** More pods at once; fewer only by as many as have no call, in steps, when the last rollout and the last step are over. */
export function planReplicas(world: World, bot: BotFacts): ReplicaPlan {
  const { capacity } = bot.spec
  const current = ownDeployment(world, bot)?.replicas
  const demand = demandNow(world)
  const asked = wantedReplicas(world, bot)
  const wanted = Math.min(asked, world.share.pods.most)
  const mayShrink = wanted < (current ?? 0)
  const fewer = mayShrink ? planScaleDown(world.pods, current!, wanted) : undefined
  const isMoreThanNeeded =
    demand !== undefined && capacity.scaling === 'Buffer' && replicasFor(demand.calls, capacity) < wanted
  // Another bot's pods may go, or the share may grow.
  const waitsForShare = asked > wanted
  const looksAgain = mayShrink || (isMoreThanNeeded && wanted > capacity.minReplicas)
  return {
    replicas: Math.max(current ?? 0, wanted),
    fewer,
    recheckAfterSeconds: looksAgain ? LOOK_AGAIN_SECONDS : waitsForShare ? world.share.againSeconds : undefined,
  }
}

function planScaleDown(pods: readonly PodFacts[], current: number, wanted: number): ReplicaPlan['fewer'] {
  const staying = pods.filter(({ terminating }) => !terminating)
  const isRolling = new Set(staying.map(({ revision }) => revision)).size > 1 || staying.length > current
  if (isRolling) return undefined
  // Pods that were never made (a quota, a Deployment that waits) need nobody to go.
  const missing = Math.min(current - staying.length, current - wanted)
  const podsToRemove = missing < current - wanted ? choosePodsToRemove(pods, current - wanted - missing) : []
  const replicas = current - missing - podsToRemove.length
  return replicas === current ? undefined : { replicas, podsToRemove }
}

/**
 * First those that shall go are marked, so that the ReplicaSet takes them and no others; in a later cycle, which sees all marks,
 * the Deployment asks for fewer. Whoever got a call meanwhile, or is needed again, loses the mark.
 * @param standing the Deployment as it is, with another number of pods; undefined: something else of it has to change first
 */
export function planLeaving(
  world: World,
  fewer: ReplicaPlan['fewer'],
  standing: ((replicas: number) => Manifest) | undefined,
): Step[] {
  const podsToRemove = standing === undefined ? [] : (fewer?.podsToRemove ?? [])
  const kept = world.pods.filter((pod) => pod.marked && !pod.terminating && !podsToRemove.includes(pod))
  const unmarked = podsToRemove.filter(({ marked }) => !marked)
  const steps: Step[] = []
  if (kept.length > 0)
    steps.push({ do: 'unmarkPods', pods: kept.map(refOf), because: 'they have a call, or are needed' })
  if (unmarked.length > 0) {
    steps.push({
      do: 'markPodsForRemoval',
      pods: unmarked.map(refOf),
      because: 'they have no call, and fewer pods are enough',
    })
  } else if (fewer !== undefined && standing !== undefined) {
    const because = 'fewer pods have been enough for a while'
    steps.push({ do: 'scaleDown', manifest: standing(fewer.replicas), podsToRemove: podsToRemove.map(refOf), because })
  }
  return steps
}

const refOf = ({ name, uid }: PodFacts) => ({ name, uid })

/** Of several makes of a Deployment the one that is there now, whatever its number of pods. */
export function standingMake(
  world: World,
  bot: BotFacts,
  makes: readonly ((replicas: number) => Manifest)[],
): ((replicas: number) => Manifest) | undefined {
  const deployment = ownDeployment(world, bot)
  if (deployment === undefined) return undefined
  return makes.find((make) => manifestHash(make(deployment.replicas)) === deployment.applied)
}
