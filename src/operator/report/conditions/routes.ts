import { wordingOf } from '../../../api/conditions.ts'
import { namespaceOf, type NumberClaim } from '../../../rules/number-claims.ts'
import { routeOnEdges, type RouteOnEdges, type RunningRoute, type Silent } from '../../../rules/route-on-edges.ts'
import { judgeNumbers, ownNumbers } from '../../judge/numbers.ts'
import type { Outcome } from '../../steps/callbot.ts'
import type { BotFacts, World } from '../../world/callbot.ts'
import { conditionOf, earlier, fine, not, type Finding } from './finding.ts'

const WRITTEN = 'the route table is written'

/** Whether callers of all numbers of the spec reach the bot, as far as the edges are concerned. */
export function routesPublished(world: World, bot: BotFacts, outcome: Outcome): Finding {
  const numbers = judgeNumbers(world, bot)
  const reserved = numbers.find(({ state }) => state === 'Reserved')
  if (reserved !== undefined) {
    const values = { number: reserved.number, namespace: bot.namespace }
    return not('RoutesPublished', 'NumberReserved', wordingOf('NumberReserved', values))
  }
  const taken = numbers.find(({ state }) => state === 'Taken')
  if (taken?.state === 'Taken') {
    const values = { number: taken.number, owner: nameOfHolder(bot, taken.by) }
    return not('RoutesPublished', 'NumberTaken', wordingOf('NumberTaken', values))
  }
  const { routeEpoch: epoch } = outcome
  if (epoch === undefined) return not('RoutesPublished', 'RoutePending', 'the route table is not written yet')
  const found = onEdges(world, bot, epoch)
  if (found.state !== 'Runs' && wasTakenForGranted(bot, epoch)) return fine('RoutesPublished', WRITTEN)
  // A starting operator has yet to ask: that is no news, unless the route is.
  const before = bot.status?.routeEpoch === epoch ? earlier(bot, 'RoutesPublished') : undefined
  return found.state === 'Unasked' && before !== undefined ? before : judgeRun(found, epoch)
}

/** A fault of the installation, and none of the bot: Ready does not depend on it while other edges take its calls. */
export function edgesReady({ edges, edgeObstacles }: World, bot: BotFacts): Finding | undefined {
  if (edges === 'NoEdges') return undefined
  if (edgeObstacles === undefined) return earlier(bot, 'EdgesReady')
  const [first, ...others] = edgeObstacles
  if (first === undefined) return fine('EdgesReady', 'no edge reports an obstacle')
  const more = others.length === 0 ? '' : `; nor do ${others.length} other edges`
  return not('EdgesReady', 'EdgeNotReady', wordingOf('EdgeNotReady', { ...first }) + more)
}

/** What the status shows of the route: on which edges it runs, and how many numbers of the spec they lead to the bot. */
export function reportRoutes(world: World, bot: BotFacts, { routeEpoch: epoch }: Outcome) {
  const found = epoch === undefined ? undefined : onEdges(world, bot, epoch)
  const run = found?.state === 'Runs' ? found.run : found?.state === 'NoEdges' ? undefined : bot.status?.runningRoute
  const own = ownNumbers(world, bot)
  const isWriteEnough = found?.state === 'NoEdges' || (epoch !== undefined && wasTakenForGranted(bot, epoch))
  const led = isWriteEnough ? own : own.filter((number) => run?.numbers.includes(number))
  return {
    routes: `${led.length}/${bot.spec.numbers.length}`,
    ...(epoch !== undefined && { routeEpoch: epoch }),
    ...(run !== undefined && { runningRoute: run }),
  }
}

const onEdges = (world: World, bot: BotFacts, epoch: number): RouteOnEdges =>
  routeOnEdges({ epoch, numbers: ownNumbers(world, bot) }, world.edges, bot.status?.runningRoute)

/**
 * Without edges, and by an operator that did not ask them, the route was published once it was written. That edges are to be asked
 * now is no news: neither an upgrade nor a first edge makes a bot unready.
 */
const wasTakenForGranted = ({ status }: BotFacts, epoch: number) =>
  status?.routeEpoch === epoch &&
  status.runningRoute === undefined &&
  conditionOf({ status }, 'RoutesPublished')?.reason === 'AsSpecified'

function judgeRun(found: RouteOnEdges, epoch: number): Finding {
  switch (found.state) {
    case 'NoEdges':
      return fine('RoutesPublished', WRITTEN)
    case 'Unasked':
      return not('RoutesPublished', 'RoutePending', 'the route table is written, and the edges have not reported yet')
    case 'Waiting': {
      const values = { epoch, running: found.running, edges: found.edges }
      return not('RoutesPublished', 'RoutePending', wordingOf('RoutePending', values) + exceptions(found.silent))
    }
    case 'Silent': {
      const message = wordingOf('EdgesSilent', { epoch }) + exceptions(found.silent)
      return { type: 'RoutesPublished', status: 'Unknown', reason: 'EdgesSilent', message }
    }
    case 'Runs':
      return {
        ...{ type: 'RoutesPublished', status: 'True', reason: 'RouteRuns' },
        message: wordingOf('RouteRuns', wordsOf(found.run)) + exceptions(found.run.silent),
      }
  }
}

const wordsOf = ({ epoch, numbers, edges, silent = [] }: RunningRoute) => ({
  epoch,
  numbers: numbers.length === 1 ? '1 number' : `${numbers.length} numbers`,
  running: edges,
  edges: edges + silent.length,
})

/** Edges that a message names. */
const MOST_NAMED = 3

function exceptions(silent: readonly Silent[] = []): string {
  const named = silent.slice(0, MOST_NAMED).map(({ edge, since }) => `; edge ${edge} has not answered since ${since}`)
  const more = silent.length - named.length
  return `${named.join('')}${more > 0 ? `; nor have ${more} others` : ''}`
}

/** A namespace is a client: another client's names are not for this one's eyes. */
function nameOfHolder(bot: BotFacts, holder: NumberClaim): string {
  const namespace = namespaceOf(holder)
  return namespace === bot.namespace ? holder.bot.slice(namespace.length + 1) : 'of another namespace'
}
