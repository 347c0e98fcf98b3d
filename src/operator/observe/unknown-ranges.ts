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

/** Each address once: of nodes, of their pods, of bots, and of the API server. In the order of their names. */
export function unknownRanges({ caches, egress, apiServer }: RangeSources): Found[] {
  const policy = { ...policyOf(egress), open: [] }
  const isUnknown = ({ address }: Found) => {
    const octets = readCidr(address)?.octets
    return octets !== undefined && judge(octets, { namespace: '', isOnLoopback: false }, policy) === 'Open'
  }
  const service = { apiVersion: 'v1', kind: 'Service', namespace: 'default', name: 'kubernetes', uid: '' }
  const all = [
    ...ofNodes(caches),
    ...ofBots(caches),
    ...(apiServer ? [{ address: apiServer, regarding: service }] : []),
  ]
  return [...new Map(all.filter(isUnknown).map((each) => [each.address, each])).values()]
}

const byName = (one: Found, other: Found) => (nameOf(one) < nameOf(other) ? -1 : 1)
const nameOf = ({ regarding: { namespace = '', name } }: Found) => `${namespace}/${name}`

const ofNodes = ({ nodes }: Pick<Caches, 'nodes'>) =>
  [...nodes.list()]
    .flatMap(({ name, uid, addresses }) =>
      addresses.map((address): Found => ({ address, regarding: { apiVersion: 'v1', kind: 'Node', name, uid } })),
    )
    .sort(byName)

const ofBots = ({ pods }: Pick<Caches, 'pods'>) =>
  [...pods.list()]
    .flatMap(({ namespace, name, uid, ip }): Found[] =>
      ip === undefined ? [] : [{ address: ip, regarding: { apiVersion: 'v1', kind: 'Pod', namespace, name, uid } }],
    )
    .sort(byName)

/** One event for all, about the first: where one address is missing in the chart's values, so are those beside it. */
export function eventOfRanges([first]: readonly Found[]): EventFacts | undefined {
  if (first === undefined) return undefined
  const { address, regarding } = first
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
    const event = leads ? eventOfRanges(unknownRanges(o)) : undefined
    const now = o.clock.monotonic()
    if (event !== undefined && (event.note !== last.note || now - last.at >= AGAIN_MS)) {
      o.publish(event)
      last = { note: event.note, at: now }
    }
    await pause(o.clock, leads ? ROUND_MS : STANDBY_MS, signal)
  }
}
