/** What the API server must be told to find a kind. */
export interface Resource {
  /** Empty for the core group. */
  group: string
  version: string
  plural: string
  kind: string
  namespaced: boolean
}

const namespaced = (group: string, version: string, plural: string, kind: string): Resource => ({
  group,
  version,
  plural,
  kind,
  namespaced: true,
})
const clusterWide = (...of: Parameters<typeof namespaced>): Resource => ({ ...namespaced(...of), namespaced: false })

/** The kinds of Kubernetes itself that the programs read or write. */
export const resources = {
  pods: namespaced('', 'v1', 'pods', 'Pod'),
  services: namespaced('', 'v1', 'services', 'Service'),
  configMaps: namespaced('', 'v1', 'configmaps', 'ConfigMap'),
  secrets: namespaced('', 'v1', 'secrets', 'Secret'),
  serviceAccounts: namespaced('', 'v1', 'serviceaccounts', 'ServiceAccount'),
  namespaces: clusterWide('', 'v1', 'namespaces', 'Namespace'),
  nodes: clusterWide('', 'v1', 'nodes', 'Node'),
  deployments: namespaced('apps', 'v1', 'deployments', 'Deployment'),
  statefulSets: namespaced('apps', 'v1', 'statefulsets', 'StatefulSet'),
  endpointSlices: namespaced('discovery.k8s.io', 'v1', 'endpointslices', 'EndpointSlice'),
  networkPolicies: namespaced('networking.k8s.io', 'v1', 'networkpolicies', 'NetworkPolicy'),
  podDisruptionBudgets: namespaced('policy', 'v1', 'poddisruptionbudgets', 'PodDisruptionBudget'),
  leases: namespaced('coordination.k8s.io', 'v1', 'leases', 'Lease'),
  events: namespaced('events.k8s.io', 'v1', 'events', 'Event'),
  validatingWebhookConfigurations: clusterWide(
    'admissionregistration.k8s.io',
    'v1',
    'validatingwebhookconfigurations',
    'ValidatingWebhookConfiguration',
  ),
  customResourceDefinitions: clusterWide(
    'apiextensions.k8s.io',
    'v1',
    'customresourcedefinitions',
    'CustomResourceDefinition',
  ),
} as const satisfies Record<string, Resource>

/** `v1` or `group/version`, as manifests write it. */
export function apiVersionOf(resource: Resource): string {
  return resource.group === '' ? resource.version : `${resource.group}/${resource.version}`
}

/**
 * The URL path of a collection, an object or a subresource of it.
 * Leaving out `namespace` for a namespaced kind means the collection of all namespaces; an object needs one.
 */
export function pathOf(resource: Resource, namespace?: string, name?: string, subresource?: string): string {
  if (name !== undefined && resource.namespaced && !namespace)
    throw new TypeError(`${resource.kind} "${name}" needs a namespace: the kind is namespaced`)
  const root = resource.group === '' ? `/api/${resource.version}` : `/apis/${resource.group}/${resource.version}`
  const scope = resource.namespaced && namespace ? `/namespaces/${encodeURIComponent(namespace)}` : ''
  const object = name === undefined ? '' : `/${encodeURIComponent(name)}`
  return `${root}${scope}/${resource.plural}${object}${subresource ? `/${subresource}` : ''}`
}

/** Looks kinds up by what a manifest says of itself. */
export function createCatalog(more: readonly Resource[] = []): (apiVersion: string, kind: string) => Resource {
  const known = new Map<string, Resource>()
  for (const resource of [...Object.values(resources), ...more])
    known.set(`${apiVersionOf(resource)}/${resource.kind}`, resource)
  return (apiVersion, kind) => {
    const found = known.get(`${apiVersion}/${kind}`)
    if (!found)
      throw new TypeError(`unknown kind ${apiVersion} ${kind}: pass its Resource to the client when making it`)
    return found
  }
}
