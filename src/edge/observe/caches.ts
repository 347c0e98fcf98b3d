import { createInformer, type Cached, type Informer } from '../../kube/informer.ts'
import type { Raw } from '../../kube/raw.ts'
import { resources } from '../../kube/resources.ts'
import type { Transport } from '../../kube/transport.ts'
import type { Log } from '../../lib/log.ts'
import { parseRoute, type Route } from '../../rules/route.ts'
import { projectSlice, type CachedSlice } from './slices.ts'

/** Labels of what the operator makes for bots; EndpointSlices carry those of their Service. */
const ROUTES = 'app.kubernetes.io/managed-by=callbot-operator,app.kubernetes.io/component=route'
const BOT_SLICES = 'app.kubernetes.io/name=callbot,app.kubernetes.io/managed-by=callbot-operator'
const OWN_SERVICE = 'callbot-edge'

interface CachedRoute extends Cached {
  route: Route | undefined
}

export interface Caches {
  all: Informer<Cached>[]
  routes(): Route[]
  slices(): Iterable<CachedSlice>
  /** The zone of the pod with this address among the edges, as Kubernetes tells it. */
  zoneOf(address: string): string | undefined
}

/** What an edge follows: route tables and edges in its own namespace, the addresses of bot pods everywhere. */
export function createCaches(o: { transport: Transport; log: Log; namespace: string; onChange: () => void }): Caches {
  const base = { transport: o.transport, log: o.log, onChange: o.onChange }
  const routes = createInformer<CachedRoute>({
    ...base,
    resource: resources.configMaps,
    namespace: o.namespace,
    labelSelector: ROUTES,
    project: (raw) => projectRoute(raw, o.log),
  })
  const slices = createInformer<CachedSlice>({
    ...base,
    resource: resources.endpointSlices,
    labelSelector: BOT_SLICES,
    project: projectSlice,
  })
  const edges = createInformer<CachedSlice>({
    ...base,
    resource: resources.endpointSlices,
    namespace: o.namespace,
    labelSelector: `kubernetes.io/service-name=${OWN_SERVICE}`,
    project: projectSlice,
  })
  return {
    all: [routes, slices, edges] as unknown as Informer<Cached>[],
    routes: () => [...routes.list()].flatMap(({ route }) => route ?? []),
    slices: () => slices.list(),
    zoneOf: (address) =>
      [...edges.list()].flatMap(({ endpoints }) => endpoints).find((edge) => edge.address === address)?.zone,
  }
}

function projectRoute(raw: Raw, log: Log): CachedRoute {
  const { namespace = '', name, uid = '', resourceVersion = '' } = raw.metadata
  const route = parseRoute((raw.data as Record<string, string> | undefined)?.route ?? '')
  if (route === undefined) log.error({ name }, 'a route that can not be read is left out')
  return { namespace, name, uid, resourceVersion, route }
}
