import { named } from '../../runtime/log-fields.ts'
import { createInformer, type Cached, type Informer } from '../../kube/informer.ts'
import type { Raw } from '../../kube/raw-object.ts'
import { resources } from '../../kube/resources.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../runtime/log.ts'
import { parseGrants, type Grant } from '../../rules/address-grants.ts'
import { type EgressPolicy, parseEgress } from '../../rules/egress.ts'
import { parseRoute, ROUTES_SELECTOR, type Route } from '../../rules/route.ts'
import { parseTrunks, type TrunkGroup } from '../../rules/trunks.ts'
import { projectSlice, type CachedSlice } from './endpoint-slices.ts'

/** Labels of what the operator makes for bots; EndpointSlices carry those of their Service. */
const TRUNKS = 'app.kubernetes.io/managed-by=callbot-operator,app.kubernetes.io/component=trunks'
const BOT_SLICES = 'app.kubernetes.io/name=callbot,app.kubernetes.io/managed-by=callbot-operator'
const GRANTS = 'callbots.dev/content=trunk-grants'
const EGRESS = 'callbots.dev/content=egress'
const OWN_SERVICE = 'callbot-edge'
/** Of the pod that `helm test` runs, which calls a bot. */
const TEST_CALL_SERVICE = 'callbot-test-call'

interface Published<T> extends Cached {
  /** Undefined: it can't be read. */
  item: T | undefined
}

export interface Caches {
  all: Informer<Cached>[]
  routes(): Route[]
  trunks(): TrunkGroup[]
  /** Of the chart's values; undefined while they can't be read. */
  grants(): Grant[] | undefined
  /** Likewise. */
  egress(): EgressPolicy | undefined
  slices(): Iterable<CachedSlice>
  /** Addresses of pods in our own namespace from which an administrator calls to test. */
  testCallers(): string[]
  /** The zone of the pod with this address among the edges, as Kubernetes tells it. */
  zoneOf(address: string): string | undefined
}

/** What an edge follows: route tables, trunks and edges in its own namespace, the addresses of bot pods everywhere. */
export function createCaches(o: { transport: Transport; log: Log; namespace: string; onChange: () => void }): Caches {
  const base = { transport: o.transport, log: o.log, onChange: o.onChange }
  const published = <T>(labelSelector: string, key: string, parse: (text: string) => T | undefined) =>
    createInformer<Published<T>>({
      ...base,
      resource: resources.configMaps,
      namespace: o.namespace,
      labelSelector,
      project: (raw) => project(raw, key, parse, o.log),
    })
  const routes = published(ROUTES_SELECTOR, 'route', parseRoute)
  const trunks = published(TRUNKS, 'trunks', parseTrunks)
  const grants = published(GRANTS, 'grants', parseGrants)
  const egress = published(EGRESS, 'egress', parseEgress)
  const slices = createInformer<CachedSlice>({
    ...base,
    resource: resources.endpointSlices,
    labelSelector: BOT_SLICES,
    project: projectSlice,
  })
  const own = createInformer<CachedSlice>({
    ...base,
    resource: resources.endpointSlices,
    namespace: o.namespace,
    labelSelector: `kubernetes.io/service-name in (${OWN_SERVICE},${TEST_CALL_SERVICE})`,
    project: projectSlice,
  })
  return {
    all: [routes, trunks, grants, egress, slices, own] as unknown as Informer<Cached>[],
    routes: () => [...routes.list()].flatMap(({ item }) => item ?? []),
    trunks: () => [...trunks.list()].flatMap(({ item }) => item ?? []),
    grants: () => [...grants.list()][0]?.item,
    egress: () => [...egress.list()][0]?.item,
    slices: () => slices.list(),
    testCallers: () =>
      [...own.list()]
        .filter(({ serviceKey }) => serviceKey === `${o.namespace}/${TEST_CALL_SERVICE}`)
        .flatMap(({ endpoints }) => endpoints)
        .flatMap(({ address, terminating }) => (terminating ? [] : [address]))
        .sort(),
    zoneOf: (address) =>
      [...own.list()].flatMap(({ endpoints }) => endpoints).find((edge) => edge.address === address)?.zone,
  }
}

function project<T>(raw: Raw, key: string, parse: (text: string) => T | undefined, log: Log): Published<T> {
  const { namespace = '', name, uid = '', resourceVersion = '' } = raw.metadata
  const item = parse((raw.data as Record<string, string> | undefined)?.[key] ?? '')
  if (item === undefined)
    log.error({ name: named(name), key: named(key) }, 'published routes or trunks can not be read and are ignored')
  return { namespace, name, uid, resourceVersion, item }
}
