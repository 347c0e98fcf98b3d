import type { BotFacts, World } from '../world/callbot.ts'
import { ownDeployment } from './replicas.ts'
import { ownRoute } from './route.ts'

/** Whether nothing is made of a bot, since its namespace has no room for it. What is there already goes on. */
export const isKeptOut = (world: World, bot: BotFacts): boolean =>
  world.share.beyond !== undefined && ownRoute(world) === undefined && ownDeployment(world, bot) === undefined
