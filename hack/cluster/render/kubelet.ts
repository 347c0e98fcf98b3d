import { stringify } from 'yaml'

export type KubeletInput = {
  socket: string
  stateDir: string
  runDir: string
  cgroupRoot: string
  address: string
  caFile: string
  certFile: string
  keyFile: string
  dnsAddress: string
  clusterDomain: string
}

/**
 * The kubelet's configuration for one zone. Three kubelets share one machine, hence a cgroup root for each and no
 * enforcement of node allocatable. The lease is short and the controller manager's grace period is set to match (see controlplane.ts).
 */
export function renderKubeletConfig(input: KubeletInput): string {
  return stringify({
    apiVersion: 'kubelet.config.k8s.io/v1beta1',
    kind: 'KubeletConfiguration',
    address: input.address,
    containerRuntimeEndpoint: `unix://${input.socket}`,
    healthzBindAddress: '127.0.0.1',
    readOnlyPort: 0,
    authentication: { anonymous: { enabled: false }, webhook: { enabled: true }, x509: { clientCAFile: input.caFile } },
    authorization: { mode: 'Webhook' },
    tlsCertFile: input.certFile,
    tlsPrivateKeyFile: input.keyFile,
    clusterDNS: [input.dnsAddress],
    clusterDomain: input.clusterDomain,
    resolvConf: '', // the host's resolvers are out of a pod's reach: only cluster names resolve
    podLogsDir: `${input.stateDir}/pod-logs`,
    volumePluginDir: `${input.stateDir}/volume-plugins`,
    cgroupDriver: 'cgroupfs',
    cgroupRoot: input.cgroupRoot,
    cgroupsPerQOS: true,
    enforceNodeAllocatable: [],
    failCgroupV1: false,
    failSwapOn: false,
    nodeLeaseDurationSeconds: 8, // renewed every 2 s
    nodeStatusUpdateFrequency: '4s',
    syncFrequency: '10s',
    serializeImagePulls: false,
    imageGCHighThresholdPercent: 100, // images come by import: one that is collected is gone
    evictionHard: { 'memory.available': '200Mi' }, // a full disk of the developer's must not evict pods
    maxPods: 200,
    shutdownGracePeriod: '0s',
  })
}
