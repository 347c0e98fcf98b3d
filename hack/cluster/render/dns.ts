import type { Deployment } from 'kubernetes-types/apps/v1.d.ts'
import type { ConfigMap, Probe, Service, ServiceAccount, TopologySpreadConstraint } from 'kubernetes-types/core/v1.d.ts'
import type { ClusterRole, ClusterRoleBinding } from 'kubernetes-types/rbac/v1.d.ts'
import type { Applied } from './applied.ts'

/** CoreDNS as objects: one replica in each zone, each zone asking its own first, so that a cut zone still resolves. */
export type DnsInput = { image: string; address: string; domain: string; replicas: number }

const labels = { 'k8s-app': 'kube-dns' }
const meta = (name: string) => ({ name, namespace: 'kube-system', labels })
/** Above 1024, so that the pod needs no capability. */
const port = 1053

/** All objects, in the order in which they have to be made. */
export function renderDns(
  input: DnsInput,
): Applied<ServiceAccount | ClusterRole | ClusterRoleBinding | ConfigMap | Deployment | Service>[] {
  return [
    { apiVersion: 'v1', kind: 'ServiceAccount', metadata: meta('coredns') },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRole',
      metadata: { name: 'system:coredns' },
      rules: [
        { apiGroups: [''], resources: ['services', 'pods', 'namespaces'], verbs: ['list', 'watch'] },
        { apiGroups: ['discovery.k8s.io'], resources: ['endpointslices'], verbs: ['list', 'watch'] },
      ],
    },
    {
      apiVersion: 'rbac.authorization.k8s.io/v1',
      kind: 'ClusterRoleBinding',
      metadata: { name: 'system:coredns' },
      roleRef: { apiGroup: 'rbac.authorization.k8s.io', kind: 'ClusterRole', name: 'system:coredns' },
      subjects: [{ kind: 'ServiceAccount', name: 'coredns', namespace: 'kube-system' }],
    },
    {
      apiVersion: 'v1',
      kind: 'ConfigMap',
      metadata: meta('coredns'),
      data: { Corefile: renderCorefile(input.domain) },
    },
    deployment(input),
    {
      apiVersion: 'v1',
      kind: 'Service',
      metadata: meta('kube-dns'),
      spec: {
        clusterIP: input.address,
        selector: labels,
        trafficDistribution: 'PreferSameZone',
        ports: [
          { name: 'dns', protocol: 'UDP', port: 53, targetPort: port },
          { name: 'dns-tcp', protocol: 'TCP', port: 53, targetPort: port },
        ],
      },
    },
  ]
}

/** Only cluster names: there is nothing behind to forward to. */
function renderCorefile(domain: string): string {
  return `.:${port} {
    errors
    health :8080
    ready :8181
    kubernetes ${domain} in-addr.arpa {
        ttl 5
    }
    cache 5
    loadbalance
}
`
}

function deployment({ image, replicas }: DnsInput): Applied<Deployment> {
  const probe = (path: string, at: number): Probe => ({
    httpGet: { path, port: at },
    periodSeconds: 2,
    timeoutSeconds: 2,
  })
  const spread: TopologySpreadConstraint = {
    topologyKey: 'topology.kubernetes.io/zone',
    maxSkew: 1,
    whenUnsatisfiable: 'DoNotSchedule',
  }
  return {
    apiVersion: 'apps/v1',
    kind: 'Deployment',
    metadata: meta('coredns'),
    spec: {
      replicas,
      selector: { matchLabels: labels },
      template: {
        metadata: { labels },
        spec: {
          serviceAccountName: 'coredns',
          dnsPolicy: 'Default',
          priorityClassName: 'system-cluster-critical',
          topologySpreadConstraints: [{ ...spread, labelSelector: { matchLabels: labels } }],
          containers: [
            {
              name: 'coredns',
              image,
              imagePullPolicy: 'Never',
              args: ['-conf', '/etc/coredns/Corefile'],
              securityContext: {
                runAsNonRoot: true,
                runAsUser: 65532,
                readOnlyRootFilesystem: true,
                allowPrivilegeEscalation: false,
                capabilities: { drop: ['ALL'] },
              },
              livenessProbe: { ...probe('/health', 8080), failureThreshold: 5 },
              readinessProbe: probe('/ready', 8181),
              volumeMounts: [{ name: 'config', mountPath: '/etc/coredns', readOnly: true }],
            },
          ],
          volumes: [{ name: 'config', configMap: { name: 'coredns' } }],
        },
      },
    },
  }
}
