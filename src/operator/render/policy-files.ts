/** Which ConfigMap has the policies of which namespace. Pure. A namespace whose policies do not fit takes nothing away from another. */

/** Text by namespace, for each ConfigMap. */
export type PolicyFiles = readonly ReadonlyMap<string, string>[]

export interface Bounds {
  /** ConfigMaps. */
  readonly count: number
  /** Octets of one of them: it has room for 1 MiB. */
  readonly octets: number
  /** Octets of one namespace: 20 policies with 100 legal holds each. */
  readonly namespace: number
}

export const POLICY_BOUNDS: Bounds = { count: 8, octets: 1_000_000, namespace: 500_000 }

export interface Placed {
  readonly files: PolicyFiles
  /** Namespaces whose policies do not fit as they are: what was published of them stays. */
  readonly beyond: readonly string[]
}

/**
 * @param wanted text by namespace
 * @param published what the ConfigMaps have now
 */
export function placePolicies(wanted: ReadonlyMap<string, string>, published: PolicyFiles, bounds: Bounds): Placed {
  const files = Array.from({ length: bounds.count }, (_, nth) => {
    const kept = [...(published[nth] ?? [])].filter(([namespace]) => wanted.has(namespace))
    return new Map(kept)
  })
  const used = files.map((file) => [...file.values()].reduce((sum, text) => sum + sizeOf(text), 0))
  const placeOf = (namespace: string) => files.findIndex((file) => file.has(namespace))
  const growths = [...wanted].map(([namespace, text]) => {
    const place = placeOf(namespace)
    const growth = sizeOf(text) - (place < 0 ? 0 : sizeOf(files[place]!.get(namespace)!))
    return { namespace, text, place, growth }
  })
  const beyond: string[] = []
  // What becomes smaller makes room, and what grows least harms nobody.
  growths.sort((one, other) => one.growth - other.growth || (one.namespace < other.namespace ? -1 : 1))
  for (const { namespace, text, place, growth } of growths) {
    const nth = place < 0 ? used.indexOf(Math.min(...used)) : place
    const fits = growth <= 0 || (sizeOf(text) <= bounds.namespace && used[nth]! + growth <= bounds.octets)
    if (!fits) {
      beyond.push(namespace)
      continue
    }
    files[nth]!.set(namespace, text)
    used[nth]! += growth
  }
  return { files, beyond: beyond.toSorted() }
}

const sizeOf = (text: string) => Buffer.byteLength(text)
