import { stringify } from 'yaml'

/** kube-proxy by nftables: this kernel may lack IPVS and dummy devices. */
export function renderKubeProxyConfig(input: { kubeconfig: string; podCidr: string; nodeName: string }): string {
  return stringify({
    apiVersion: 'kubeproxy.config.k8s.io/v1alpha1',
    kind: 'KubeProxyConfiguration',
    clientConnection: { kubeconfig: input.kubeconfig },
    hostnameOverride: input.nodeName,
    mode: 'nftables',
    clusterCIDR: input.podCidr,
    detectLocalMode: 'ClusterCIDR',
    conntrack: { maxPerCore: 0 }, // the table's size belongs to the host
    nftables: { minSyncPeriod: '0s', syncPeriod: '30s' }, // endpoints change at once: failover is measured here
    healthzBindAddress: '127.0.0.1:10256',
    metricsBindAddress: '127.0.0.1:10249',
  })
}
