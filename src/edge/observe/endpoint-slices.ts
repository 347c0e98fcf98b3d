import type { Cached } from '../../kube/informer.ts'
import { intern } from '../../kube/intern.ts'
import type { Raw } from '../../kube/raw-object.ts'
import type { Endpoint } from '../plan/route-tables.ts'

/** What an edge keeps of an EndpointSlice. */
export interface CachedSlice extends Cached {
  /** `namespace/service`. */
  serviceKey: string
  endpoints: Endpoint[]
}

interface RawEndpoint {
  addresses?: string[]
  zone?: string
  conditions?: { ready?: boolean; terminating?: boolean }
}

/** @see discovery.k8s.io/v1: an absent `ready` counts as true, an absent `terminating` as false. */
export function projectSlice(raw: Raw): CachedSlice {
  const { namespace = '', name, uid = '', resourceVersion = '', labels } = raw.metadata
  const listed = (raw.endpoints ?? []) as RawEndpoint[]
  return {
    namespace,
    name,
    uid,
    resourceVersion,
    serviceKey: `${namespace}/${labels?.['kubernetes.io/service-name'] ?? ''}`,
    endpoints: listed.flatMap(({ addresses, zone, conditions }) =>
      (addresses ?? []).slice(0, 1).map((address) => ({
        address,
        zone: zone === undefined ? undefined : intern(zone),
        ready: conditions?.ready ?? true,
        terminating: conditions?.terminating ?? false,
      })),
    ),
  }
}

/** The pods of each Service, by `namespace/service`. A pod that two slices name (it moves between them) counts once. */
export function endpointsByService(slices: Iterable<CachedSlice>): Map<string, Endpoint[]> {
  const services = new Map<string, Map<string, Endpoint>>()
  for (const { serviceKey, endpoints } of slices) {
    const known = services.get(serviceKey) ?? new Map<string, Endpoint>()
    services.set(serviceKey, known)
    for (const endpoint of endpoints) {
      const before = known.get(endpoint.address)
      if (before === undefined || (endpoint.ready && !before.ready)) known.set(endpoint.address, endpoint)
    }
  }
  return new Map([...services].map(([key, known]) => [key, [...known.values()]]))
}
