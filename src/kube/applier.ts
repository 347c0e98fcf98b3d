import type { Kube } from './client.ts'
import { manifestHash, ownedHash } from './field-ownership.ts'
import type { Manifest, Raw } from './raw-object.ts'

/** What is known of a live object: `ownedHash` of it under our field manager, or undefined when it isn't there. */
export interface Applied {
  applied: string
}

export interface Applier {
  /** Applies only when that would change something. Returns the server's answer (to be absorbed), or undefined when nothing was sent. */
  applyIfChanged(manifest: Manifest, live: Applied | undefined): Promise<Raw | undefined>
}

export interface ApplierOptions {
  kube: Pick<Kube, 'apply'>
  fieldManager: string
  /**
   * The server keeps something else than what was applied (a form that `field-ownership.ts` warns of, or an admission webhook that
   * changes it). The manifest is not applied again until it or the object changes; the name of the kind is given for the log.
   */
  onUnsettled?: (kind: string) => void
}

/** Remembers, for the rare objects that the server keeps otherwise than asked, what came of it. */
interface Settlement {
  wanted: string
  live: string
}

export function createApplier(o: ApplierOptions): Applier {
  const unsettled = new Map<string, Settlement>()
  return {
    async applyIfChanged(manifest, live) {
      const wanted = manifestHash(manifest)
      if (live?.applied === wanted) return undefined
      const { namespace = '', name } = manifest.metadata
      const key = `${manifest.kind}/${namespace}/${name}`
      const known = unsettled.get(key)
      if (live && known?.wanted === wanted && known.live === live.applied) return undefined
      const answer = await o.kube.apply(manifest)
      const settled = ownedHash(answer, o.fieldManager)
      if (settled === wanted) unsettled.delete(key)
      else {
        unsettled.set(key, { wanted, live: settled })
        o.onUnsettled?.(manifest.kind)
      }
      return answer
    },
  }
}
