import { bracketed } from '../../lib/ip-address.ts'
import { routeKey, serviceName, type Route, type RouteMedia } from '../../rules/route.ts'
import { trunksDomain } from '../../rules/trunks.ts'
import type { SetPair } from './dispatcher-sets.ts'

/** One pod of a bot, as EndpointSlices report it. */
export interface Endpoint {
  /** IPv4 or IPv6, without brackets. */
  address: string
  zone: string | undefined
  ready: boolean
  terminating: boolean
}

/** Which pods stand behind which number: what the proxy's tables say, before it is text. */
export interface Tables {
  /** By set id; `LEAVING` is nobody's. */
  sets: { id: number; pods: string[] }[]
  numbers: {
    number: string
    near: number
    far: number
    name: string
    answerSeconds?: number
    media?: RouteMedia
    help?: Help
  }[]
  /** Of each bot (`namespace/name`), by which a proxy tells what it runs. */
  epochs: { bot: string; epoch: number }[]
  /** By the name that a bot's pods prove, the domains of the Integrations through which they may call. */
  mayCall: { name: string; domains: string[] }[]
  /** ADDRESS:PORT of every pod that may still carry a call, with the names that it may prove. */
  peers: { hop: string; names: string[] }[]
}

/**
 * The set of pods that leave: probed like all others, and never chosen. Only what is probed keeps a connection that is proved,
 * and by that the caller's BYE reaches a pod that leaves with his call.
 */
export const LEAVING = 1

/** Who is called, and through which Integration, for a caller whom no pod can take. */
interface Help {
  number: string
  domain: string
}

/** What is known beside the routes. */
export interface PodFacts {
  /** By `namespace/service`. */
  endpoints: ReadonlyMap<string, readonly Endpoint[]>
  /** Of each bot with a route, see `giveSets`. */
  sets: readonly SetPair[]
  ownZone: string
}

export function planTables(routes: Iterable<Route>, { endpoints, sets, ownZone }: PodFacts): Tables {
  const sorted = [...routes].sort((a, b) => (routeKey(a) < routeKey(b) ? -1 : 1))
  const ids = new Map(sets.map(({ bot, id }) => [bot, id]))
  const tables: Tables = { sets: [], numbers: [], epochs: [], mayCall: [], peers: [] }
  const peers = new Map<string, Set<string>>()
  const holders = new Map<string, Route>()
  for (const route of sorted) {
    const near = ids.get(routeKey(route))!
    const pods = endpoints.get(`${route.callbot.namespace}/${route.service.name}`) ?? []
    const hop = ({ address }: Endpoint) => `${bracketed(address)}:${route.service.port}`
    const [here, elsewhere] = split(usable(pods), ({ zone }) => zone === ownZone)
    tables.sets.push({ id: near, pods: here.map(hop).sort() }, { id: near + 1, pods: elsewhere.map(hop).sort() })
    for (const pod of pods) peers.set(hop(pod), (peers.get(hop(pod)) ?? new Set()).add(serviceName(route)))
    tables.epochs.push({ bot: routeKey(route), epoch: route.epoch })
    if (route.integrations.length > 0) tables.mayCall.push({ name: serviceName(route), domains: domainsOf(route) })
    for (const number of route.numbers) {
      const holder = holders.get(number)
      // The operator gives a number to one bot only; while it moves, the newer decision counts.
      if (holder === undefined || holder.epoch < route.epoch) holders.set(number, route)
    }
  }
  for (const [number, route] of [...holders].sort(([a], [b]) => (a < b ? -1 : 1))) {
    const near = ids.get(routeKey(route))!
    const { media, answerSeconds } = route
    tables.numbers.push({
      ...{ number, near, far: near + 1, name: serviceName(route) },
      ...(answerSeconds && { answerSeconds }),
      ...(media && { media }),
      ...helpOf(route),
    })
  }
  tables.sets.unshift({ id: LEAVING, pods: leaving(tables, peers.keys()) })
  tables.peers = [...peers].sort().map(([hop, names]) => ({ hop, names: [...names].sort() }))
  tables.sets = tables.sets.filter(({ pods }) => pods.length > 0)
  return tables
}

const domainsOf = ({ callbot: { namespace }, integrations }: Route) =>
  integrations.map((name) => trunksDomain({ namespace, name }))

function helpOf({ callbot: { namespace }, fallback }: Route): { help?: Help } {
  if (fallback === undefined || !fallback.causes.includes('NoCapacity')) return {}
  return { help: { number: fallback.number, domain: trunksDomain({ namespace, name: fallback.integration }) } }
}

/**
 * Pods that may get new calls. Whether one really answers the proxy finds out itself, each second: so when Kubernetes calls
 * none of them ready (a control plane cut off from its nodes does that to pods in the best of health), all are tried.
 */
function usable(pods: readonly Endpoint[]): Endpoint[] {
  const staying = pods.filter(({ terminating }) => !terminating)
  const ready = staying.filter((pod) => pod.ready)
  return ready.length > 0 ? ready : staying
}

/** Peers that no bot's set has. */
function leaving({ sets }: Tables, peers: Iterable<string>): string[] {
  const chosen = new Set(sets.flatMap(({ pods }) => pods))
  return [...peers].filter((hop) => !chosen.has(hop)).sort()
}

function split<T>(all: readonly T[], belongs: (one: T) => boolean): [T[], T[]] {
  return [all.filter(belongs), all.filter((one) => !belongs(one))]
}
