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
