import { replicasAtRest } from '../../rules/scaling/replica-count.ts'
import type { BotFacts, DeploymentFacts, World } from '../world/callbot.ts'

/** The bot's Deployment; one of an earlier Callbot of its name is not its own. */
export function ownDeployment({ children: { deployment } }: World, bot: BotFacts): DeploymentFacts | undefined {
  return deployment?.ownerUid === undefined || deployment.ownerUid === bot.uid ? deployment : undefined
}

/** Pods that there should be, as the Deployment says now. */
export const heldReplicas = (world: World, bot: BotFacts): number =>
  ownDeployment(world, bot)?.replicas ?? replicasAtRest(bot.spec.capacity)
