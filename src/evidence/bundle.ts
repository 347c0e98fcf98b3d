/** What was exported of a cluster: records of drills, and what Integrations say of them. Pure. */
import { parseAllDocuments } from 'yaml'
import type { Head } from '../rules/drill/chain.ts'
import { RECORD_COMPONENT, RECORD_FILE } from '../rules/drill/record.ts'

/** The records of one Integration, in the order of their names. */
export interface Chain {
  /** `namespace/name` of the Integration. */
  readonly integration: string
  readonly records: readonly { readonly name: string; readonly envelope: string }[]
  /** Undefined: the export has no such Integration, or it has no records. */
  readonly head: Head | undefined
}

interface Exported {
  readonly kind?: unknown
  readonly items?: unknown
  readonly metadata?: { name?: unknown; namespace?: unknown; labels?: Record<string, unknown> }
  readonly data?: Record<string, unknown>
  readonly status?: { evidence?: { records?: unknown; headDigest?: unknown } }
}

const COMPONENT = 'app.kubernetes.io/component'
const INTEGRATION = 'callbots.dev/integration'

/**
 * @param text what `kubectl get configmaps,integrations -o yaml` (or json) printed
 * @throws when it is no YAML
 */
export function chainsIn(text: string): Chain[] {
  const objects = parseAllDocuments(text).flatMap((document) => {
    const [fault] = document.errors
    if (fault !== undefined) throw new Error(fault.message)
    return flatten(document.toJS({ maxAliasCount: 0 }) as Exported | null)
  })
  const heads = new Map(objects.flatMap((object): [string, Head][] => headIn(object)))
  const records = Map.groupBy(objects.flatMap(recordIn), ({ integration }) => integration)
  const names = [...new Set([...records.keys(), ...heads.keys()])].sort()
  return names.map((integration) => ({
    ...{ integration, head: heads.get(integration) },
    records: (records.get(integration) ?? []).toSorted((one, other) => (one.name < other.name ? -1 : 1)),
  }))
}

function flatten(object: Exported | null): Exported[] {
  if (object === null || typeof object !== 'object') return []
  return Array.isArray(object.items) ? (object.items as (Exported | null)[]).flatMap(flatten) : [object]
}

const namespaced = ({ metadata }: Exported, name: unknown) => `${String(metadata?.namespace ?? '')}/${String(name)}`

function recordIn(object: Exported) {
  const { labels, name } = object.metadata ?? {}
  const envelope = object.data?.[RECORD_FILE]
  if (object.kind !== 'ConfigMap' || labels?.[COMPONENT] !== RECORD_COMPONENT || typeof envelope !== 'string') return []
  return [{ integration: namespaced(object, labels[INTEGRATION]), name: String(name), envelope }]
}

function headIn(object: Exported): [string, Head][] {
  const { records, headDigest } = object.status?.evidence ?? {}
  if (object.kind !== 'Integration' || typeof records !== 'number' || typeof headDigest !== 'string') return []
  return [[namespaced(object, object.metadata?.name), { records, headDigest }]]
}
