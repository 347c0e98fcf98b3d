import type { Demand } from '../../rules/scaling/demand.ts'
import { replicasAtRest, replicasWanted } from '../../rules/scaling/replica-count.ts'
import { podsTakingCalls } from './pods.ts'
import type { BotFacts, DeploymentFacts, World } from '../world/callbot.ts'

/** The bot's Deployment; one of an earlier Callbot of its name is not its own. */
export function ownDeployment({ children: { deployment } }: World, bot: BotFacts): DeploymentFacts | undefined {
  return deployment?.ownerUid === undefined || deployment.ownerUid === bot.uid ? deployment : undefined
}

/** Pods that there should be, as the Deployment says now. */
export const heldReplicas = (world: World, bot: BotFacts): number =>
  ownDeployment(world, bot)?.replicas ?? replicasAtRest(bot.spec.capacity)

/** Where no pod runs, nobody calls. */
const NOBODY = { calls: 0, peak: 0, turnedAway: false }

/** What callers ask of the bot now. Undefined: no pod has reported it. */
export const demandNow = (world: World): Demand | undefined =>
  world.pods.some(({ running }) => running) ? world.demand : NOBODY

/** Pods that there should be by the spec and what callers ask of the bot, whatever its namespace may have. */
export function wantedReplicas(world: World, bot: BotFacts): number {
  const current = ownDeployment(world, bot)?.replicas
  return replicasWanted(bot.spec.capacity, current, podsTakingCalls(world).length, demandNow(world))
}

/** Whether the bot has fewer pods than it needs, since its namespace may not have more. */
export const isStoppedByShare = (world: World, bot: BotFacts): boolean =>
  wantedReplicas(world, bot) > world.share.pods.most
