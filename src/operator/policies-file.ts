/** Keeps the ConfigMaps with the files of policies that sweep and store read. */
import type { Applier } from '../kube/applier.ts'
import { createInformer, type Cached, type Informer } from '../kube/informer.ts'
import type { Raw } from '../kube/raw-object.ts'
import { resources } from '../kube/resources.ts'
import type { Transport } from '../kube/transport.ts'
import { ALL_POLICIES_FILE, fileOfNamespace, namespaceOfFile, NAMESPACES_FILE } from '../messages/policies.ts'
import type { Log } from '../runtime/log.ts'
import type { ShareSettings } from '../rules/shares.ts'
import type { Caches } from './observe/caches.ts'
import { projectChild, type CachedChild } from './observe/child-projection.ts'
import { createPolicyShares, type PolicyShares } from './observe/policy-shares.ts'
import type { Reconciler } from './reconcile/installation.ts'
import { MANAGER } from './render/manifest.ts'
import { namesOfPolicies, writePolicies } from './render/policies.ts'
import { placePolicies, POLICY_BOUNDS, type Bounds } from './render/policy-files.ts'
import { COMPONENT_LABEL, MANAGED_BY_LABEL } from './world/labels.ts'
import type { RetentionPolicyFacts } from './world/retention-policy.ts'

/** Has the names of the namespaces; those with a number behind have their policies. */
const NAME = 'callbot-policies'
const LABELS = { [MANAGED_BY_LABEL]: MANAGER, [COMPONENT_LABEL]: 'policies' }

export interface PoliciesReconcilerOptions {
  transport: Transport
  applier: Applier
  log: Log
  namespace: string
  caches: Pick<Caches, 'retentionPolicies'>
  onChange: () => void
  shares: ShareSettings
  /** Whether records are stored under a policy, as far as is known. */
  isStored: (namespace: string, name: string) => boolean
  /** A policy is published that was not before. */
  onPublished: (policy: RetentionPolicyFacts) => void
  /** Default: `POLICY_BOUNDS`. */
  bounds?: Bounds
}

interface CachedFiles extends CachedChild {
  /** Text by namespace. */
  texts: ReadonlyMap<string, string>
  /** Names by namespace in the file of all, as an older version wrote it. */
  older: ReadonlyMap<string, ReadonlySet<string>>
}

export interface PoliciesReconciler extends Reconciler {
  /** Which policies are in force: the others are not published. */
  shares: PolicyShares
  /** Names of the policies of a namespace that are published. */
  publishedOf(namespace: string): ReadonlySet<string>
}

function projectFiles(raw: Raw): CachedFiles {
  const data = (raw['data'] ?? {}) as Record<string, string>
  const texts = Object.entries(data).flatMap(([name, text]) => {
    const namespace = namespaceOfFile(name)
    return namespace === undefined ? [] : [[namespace, text] as const]
  })
  return { ...projectChild(raw), texts: new Map(texts), older: namesOfPolicies(data[ALL_POLICIES_FILE] ?? '[]') }
}

export function createPoliciesReconciler(o: PoliciesReconcilerOptions): PoliciesReconciler {
  const bounds = o.bounds ?? POLICY_BOUNDS
  const informer = createInformer<CachedFiles>({
    ...{ transport: o.transport, log: o.log, namespace: o.namespace, resource: resources.configMaps },
    labelSelector: Object.entries(LABELS)
      .map(([name, value]) => `${name}=${value}`)
      .join(','),
    ...{ project: projectFiles, onChange: o.onChange },
  })
  const apply = async (name: string, data: Record<string, string>) => {
    const manifest = {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: { name, namespace: o.namespace, labels: LABELS },
      data,
    }
    const answer = await o.applier.applyIfChanged(manifest, informer.get(o.namespace, name))
    if (answer !== undefined) informer.absorb(answer)
  }
  const namesIn = createNames()
  const publishedOf = (namespace: string): ReadonlySet<string> => {
    const texts = range(bounds.count).map((nth) => informer.get(o.namespace, nameOf(nth))?.texts.get(namespace))
    const text = texts.find((each) => each !== undefined)
    return namesIn(namespace, text) ?? informer.get(o.namespace, NAME)?.older.get(namespace) ?? NONE
  }
  const { retentionPolicies: policies } = o.caches
  const shares = createPolicyShares({ ...o, policies, publishedOf, onGiven: o.onChange })

  return {
    shares,
    publishedOf,
    informers: [informer] as unknown as Informer<Cached>[],
    async reconcile() {
      const groups = Map.groupBy(policies.list(), ({ namespace }) => namespace)
      const inForce = [...groups].flatMap(([namespace, own]) => shares.inForce(namespace, own))
      const fresh = inForce.filter(({ namespace, name }) => !publishedOf(namespace).has(name))
      const wanted = textsOf(inForce)
      const published = range(bounds.count).map(
        (nth) => informer.get(o.namespace, nameOf(nth))?.texts ?? new Map<string, string>(),
      )
      const { files, beyond } = placePolicies(wanted, published, bounds)
      for (const [nth, file] of files.entries()) {
        const data = [...file].map(([namespace, text]) => [fileOfNamespace(namespace), text] as const)
        if (data.length > 0 || published[nth]!.size > 0) await apply(nameOf(nth), Object.fromEntries(data))
      }
      // Last: a namespace that sweep finds here and nowhere else keeps its keys until its policies are known.
      await apply(NAME, { [NAMESPACES_FILE]: JSON.stringify([...wanted.keys()].toSorted()) })
      const isPublished = ({ namespace, name }: RetentionPolicyFacts) => publishedOf(namespace).has(name)
      fresh.filter(isPublished).forEach(o.onPublished)
      if (beyond.length > 0) {
        throw new Error(
          `the RetentionPolicies of ${beyond.slice(0, 5).join(', ')} are more than sweep takes (${bounds.namespace} octets for a namespace, ${bounds.count * bounds.octets} for all): it goes by those that it has of them, and by the newest of all others. Remove policies or legal holds that nobody needs`,
        )
      }
      return {}
    },
  }
}

const NONE: ReadonlySet<string> = new Set()
const range = (length: number) => Array.from({ length }, (_, nth) => nth)
const nameOf = (nth: number) => `${NAME}-${nth}`

function textsOf(inForce: readonly RetentionPolicyFacts[]): Map<string, string> {
  const groups = Map.groupBy(inForce, ({ namespace }) => namespace)
  return new Map([...groups].map(([namespace, policies]) => [namespace, writePolicies(policies)]))
}

/** Names of the policies in the text of a namespace, which is read again only when it has changed. Undefined: there is no text. */
function createNames() {
  const known = new Map<string, { text: string; names: ReadonlySet<string> }>()
  return (namespace: string, text: string | undefined): ReadonlySet<string> | undefined => {
    if (text === undefined) return void known.delete(namespace)
    const before = known.get(namespace)
    if (before?.text === text) return before.names
    const names = namesOfPolicies(text).get(namespace) ?? NONE
    known.set(namespace, { text, names })
    return names
  }
}
