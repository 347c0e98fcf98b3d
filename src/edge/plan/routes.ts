import { routeKey, type Route } from '../../rules/route.ts'

/** What an edge believes of the route table. */
export interface HeldRoutes {
  /** By `namespace/name` of the bot. */
  routes: Map<string, Route>
  /** The highest epoch seen of each bot, also of bots that are gone: an older word about them is not believed. */
  epochs: Map<string, number>
}

export interface Accepted {
  held: HeldRoutes
  /** Bots of which an older route was offered than the one that is known. */
  refused: string[]
}

export const noRoutes = (): HeldRoutes => ({ routes: new Map(), epochs: new Map() })

/** Bots that are gone and still remembered by their epoch. Beyond it the oldest are forgotten. */
const MOST_REMEMBERED = 20_000

/**
 * Takes the table as it is published now. A route that is older than the one held is refused and the one held stays: a
 * leader that was frozen may still have written it. A bot that is no longer in the table is gone.
 */
export function acceptRoutes(before: HeldRoutes, published: readonly Route[]): Accepted {
  const routes = new Map<string, Route>()
  const epochs = new Map(before.epochs)
  const refused: string[] = []
  for (const route of published) {
    const key = routeKey(route)
    const known = epochs.get(key)
    if (known !== undefined && route.epoch < known) {
      refused.push(key)
      const held = before.routes.get(key)
      if (held !== undefined) routes.set(key, held)
      continue
    }
    routes.set(key, route)
    epochs.delete(key) // to the end of the Map's order: the oldest are forgotten first
    epochs.set(key, route.epoch)
  }
  forgetSome(epochs, routes)
  return { held: { routes, epochs }, refused }
}

function forgetSome(epochs: Map<string, number>, routes: ReadonlyMap<string, Route>): void {
  let surplus = epochs.size - routes.size - MOST_REMEMBERED
  for (const key of epochs.keys()) {
    if (surplus <= 0) return
    if (routes.has(key)) continue
    epochs.delete(key)
    surplus--
  }
}

/** The newest epoch among the routes, 0 without any: what an edge says it runs. */
export const newestEpoch = ({ routes }: HeldRoutes) => Math.max(0, ...[...routes.values()].map(({ epoch }) => epoch))
