import type { RouteFacts, World } from '../world/callbot.ts'

/** The bot's row in the route table; that of an earlier Callbot of its name is not its own. */
export const ownRoute = ({ route, bot }: Pick<World, 'route' | 'bot'>): RouteFacts | undefined =>
  route?.callbotUid === bot?.uid ? route : undefined
