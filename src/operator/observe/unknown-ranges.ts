/** Finds addresses of the cluster that the egress policy takes for public ones: any tenant may have programs connect to them. */
import type { EventFacts } from '../../kube/events.ts'
import { readCidr } from '../../lib/ip-address.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import { type EgressValues, judge, policyOf } from '../../rules/egress.ts'
import type { Caches } from './caches.ts'

export interface RangeSources {
  caches: Pick<Caches, 'nodes' | 'pods'>
  egress: EgressValues
  /** The address of the API server. */
  apiServer: string | undefined
}

/** An address, or a range of pods of a node. */
interface Found {
  address: string
  regarding: EventFacts['regarding']
}

/** The number of such addresses, each once: of nodes, of their pods, of bots, and of the API server. */
export function countUnknownRanges(o: RangeSources): number {
  const isUnknown = judgeOf(o)
  const unknown = new Set<string>()
  for (const from of sourcesOf(o)) for (const { address } of from) if (isUnknown(address)) unknown.add(address)
  return unknown.size
}

/** That of the first node by name; without one, of the first bot by namespace and name; without one, of the API server. */
export function firstUnknownRange(o: RangeSources): Found | undefined {
  const isUnknown = judgeOf(o)
  for (const from of sourcesOf(o)) {
    let first: Found | undefined
    for (const each of from) if ((first === undefined || isBefore(each, first)) && isUnknown(each.address)) first = each
    if (first !== undefined) return first
  }
  return undefined
}

function judgeOf({ egress }: RangeSources): (address: string) => boolean {
  const policy = { ...policyOf(egress), open: [] }
  return (address) => {
    const octets = readCidr(address)?.octets
    return octets !== undefined && judge(octets, { namespace: '', isOnLoopback: false }, policy) === 'Open'
  }
}

const isBefore = (one: Found, other: Found) => nameOf(one) < nameOf(other)
const nameOf = ({ regarding: { namespace = '', name } }: Found) => `${namespace}/${name}`

const sourcesOf = ({ caches, apiServer }: RangeSources) => [
  ofNodes(caches),
  ofBots(caches),
  apiServer ? [{ address: apiServer, regarding: KUBERNETES }] : [],
]

const KUBERNETES = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes', uid: '' }

function* ofNodes({ nodes }: Pick<Caches, 'nodes'>): Generator<Found> {
  for (const { name, uid, addresses } of nodes.list())
    for (const address of addresses) yield { address, regarding: { apiVersion: 'v1', kind: 'Node', name, uid } }
}

function* ofBots({ pods }: Pick<Caches, 'pods'>): Generator<Found> {
  for (const { namespace, name, uid, ip } of pods.list())
    if (ip !== undefined) yield { address: ip, regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid } }
}

/** One event for all, about the first: where one address is missing in the chart's values, so are those beside it. */
function eventOf({ address, regarding }: Found): EventFacts {
  return {
    ...{ regarding, type: 'Warning', reason: 'EgressRangeUnknown', action: 'Reconcile' },
    note:
      `${address} of ${regarding.kind} ${regarding.name} is public and not in egress.clusterCidrs, so tenants may have programs connect to it: ` +
      'add the ranges of nodes, pods and Services to egress.clusterCidrs of the chart. The metric callbot_egress_unknown_ranges counts all such addresses',
  }
}

const ROUND_MS = 10_000
/** How long a replica that has begun to lead waits at most. */
const STANDBY_MS = 1_000
/** An API server forgets an event after an hour. */
const AGAIN_MS = 3_600_000

/** Publishes the event while there are such addresses: when it changes, and once an hour. Goes on until the signal aborts. */
export async function reportRanges(
  o: RangeSources & { clock: Clock; mayAsk: () => boolean; publish: (event: EventFacts) => void },
  signal: AbortSignal,
): Promise<void> {
  let last = { note: '', at: 0 }
  while (!signal.aborted) {
    const leads = o.mayAsk()
    const first = leads ? firstUnknownRange(o) : undefined
    const event = first && eventOf(first)
    const now = o.clock.monotonic()
    if (event !== undefined && (event.note !== last.note || now - last.at >= AGAIN_MS)) {
      o.publish(event)
      last = { note: event.note, at: now }
    }
    await pause(o.clock, leads ? ROUND_MS : STANDBY_MS, signal)
  }
}
