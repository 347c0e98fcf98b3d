import type { Endpoint } from './route-tables.ts'

interface Slice {
  /** `namespace/service`. */
  readonly serviceKey: string
  readonly endpoints: readonly Endpoint[]
}

/** The pods of each Service, by `namespace/service`. A pod that two slices name (it moves between them) counts once. */
export function endpointsByService(slices: Iterable<Slice>): Map<string, Endpoint[]> {
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
