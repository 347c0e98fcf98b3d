/** What each cache is made with: how it reads the cluster, and what it wakes when an object changes. */
import type { KindName } from '../../api/kinds.ts'
import type { Cached, InformerOptions } from '../../kube/informer.ts'

/** What to look at again, and how soon. `urgent`: a person may be waiting for it at a terminal. */
export interface Wake {
  /** @param key `namespace/name` */
  object(kind: KindName, key: string, how: 'urgent' | 'soon'): void
  /** What a drill that runs, or has just ended, wants of edges and pods. @param key `namespace/name` */
  orders(key: string): void
  everyBot(): void
  /** What sweep has to know of the RetentionPolicies has changed. */
  policies(): void
  /** The pods of the bots of a namespace have something to hear. */
  pods(namespace: string): void
}

export type Base = Pick<InformerOptions<Cached>, 'transport' | 'log' | 'labelSelector'>

export const keyOf = (object: { namespace: string; name: string }) => `${object.namespace}/${object.name}`
