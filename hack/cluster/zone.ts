/** One zone's daemons: containerd, kubelet, kube-proxy, and kube-router for the network policies. */
import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import { binary, kubernetes, kubeRouter } from './binaries.ts'
import { ensureGroup, kubeletRoot } from './cgroups.ts'
import { ensureDaemon, untilServing, type Daemon } from './daemons.ts'
import { pkiFiles, type Identity } from './pki.ts'
import { podMtu } from './overlay.ts'
import { renderCniConfig } from './render/cni.ts'
import { renderContainerdConfig } from './render/containerd.ts'
import { renderKubeletConfig } from './render/kubelet.ts'
import { renderKubeProxyConfig } from './render/kube-proxy.ts'
import { clusterDomain, dnsAddress, logDir, podCidr, serviceCidr, stateDir, toolImage, type Zone } from './settings.ts'
import { run, tryRun } from './shell.ts'

const files = pkiFiles(join(stateDir, 'pki'))

/** Certificates of the zone's node, by file name. The Node authorizer knows a kubelet by exactly this name and group. */
export const zoneIdentities = (zone: Zone): Record<string, Identity> => ({
  [zone.node]: {
    commonName: `system:node:${zone.node}`,
    organization: 'system:nodes',
    names: [zone.node],
    addresses: [zone.address],
  },
})

/** What all nodes share. kube-router reads pods, namespaces and policies of the whole cluster. */
export const sharedIdentities: Record<string, Identity> = {
  'kube-proxy': { commonName: 'system:kube-proxy' },
  'kube-router': { commonName: 'system:kube-router' },
}

/** Starts containerd and waits until it answers. */
export async function ensureContainerd(zone: Zone): Promise<void> {
  for (const dir of [zone.stateDir, zone.runDir]) mkdirSync(dir, { recursive: true })
  const daemon = containerd(zone)
  await ensureDaemon(daemon)
  await untilServing(daemon, 30, async () => Boolean(await ctr(zone, 'version')))
}

/** Starts what makes the zone a node. Images must be there before: the kubelet needs the pause image. */
export async function ensureNode(zone: Zone): Promise<void> {
  ensureGroup(zone.name)
  for (const daemon of [kubelet(zone), kubeProxy(zone)]) await ensureDaemon(daemon)
}

/** Starts the enforcement of network policies and waits until it is in place. Its node must exist: it asks once. */
export async function ensurePolicies(zone: Zone): Promise<void> {
  const daemon = router(zone)
  await ensureDaemon(daemon)
  await untilServing(daemon, 30, () => succeedsIn(zone, 'iptables', '-w', '-S', 'KUBE-ROUTER-FORWARD'))
}

/** Asks the kubelet itself, inside the zone. */
export const isKubeletHealthy = (zone: Zone) => succeedsIn(zone, 'busybox', 'nc', '-w', '1', '127.0.0.1', '10248')

/** Asks a DNS pod by the Service's address as a pod of the zone would: proves CoreDNS and kube-proxy at once. */
export const resolvesIn = (zone: Zone) =>
  succeedsIn(
    zone,
    'busybox',
    'timeout',
    '2',
    'busybox',
    'nslookup',
    `kubernetes.default.svc.${clusterDomain}`,
    dnsAddress,
  )

const succeedsIn = async (zone: Zone, ...command: string[]) =>
  (await tryRun('nsenter', [`--net=/run/netns/${zone.netns}`, ...command], { input: '' })).code === 0

/** Runs containerd's own client in the zone. */
export const ctr = (zone: Zone, ...args: string[]) =>
  run('ctr', ['--address', zone.socket, '--namespace', 'k8s.io', ...args])

/** Names under which the zone's daemons keep records. */
export const zoneDaemons = ['containerd', 'kubelet', 'kube-proxy', 'kube-router'] as const
export const zoneRecords = (zone: Zone) => join(zone.stateDir, 'run')

const daemonIn = (zone: Zone, name: string, rest: Pick<Daemon, 'command' | 'args' | 'files'>): Daemon => ({
  name,
  netns: zone.netns,
  cgroup: zone.name,
  recordDir: zoneRecords(zone),
  logFile: join(logDir, `${zone.name}-${name}.log`),
  ...rest,
})

function containerd(zone: Zone): Daemon {
  const config = join(zone.stateDir, 'containerd.toml')
  return daemonIn(zone, 'containerd', {
    command: 'containerd',
    args: ['--config', config],
    files: {
      [config]: renderContainerdConfig(zone, toolImage),
      [join(zone.stateDir, 'cni', '10-callbot.conflist')]: renderCniConfig(zone, podMtu),
    },
  })
}

function kubelet(zone: Zone): Daemon {
  const config = join(zone.stateDir, 'kubelet.yaml')
  return daemonIn(zone, 'kubelet', {
    command: binary(kubernetes, 'kubelet'),
    args: [
      `--config=${config}`,
      `--kubeconfig=${files.kubeconfig(zone.node)}`,
      `--root-dir=${join(zone.stateDir, 'kubelet')}`,
      `--cert-dir=${join(zone.stateDir, 'kubelet-pki')}`,
      `--hostname-override=${zone.node}`,
      `--node-ip=${zone.address}`,
      `--node-labels=topology.kubernetes.io/zone=${zone.name},topology.kubernetes.io/region=eu-local`,
    ],
    files: {
      [config]: renderKubeletConfig({
        ...zone,
        cgroupRoot: kubeletRoot(zone.name),
        caFile: files.ca,
        certFile: files.cert(zone.node),
        keyFile: files.key(zone.node),
        dnsAddress,
        clusterDomain,
      }),
    },
  })
}

function kubeProxy(zone: Zone): Daemon {
  const config = join(zone.stateDir, 'kube-proxy.yaml')
  const kubeconfig = files.kubeconfig('kube-proxy')
  return daemonIn(zone, 'kube-proxy', {
    command: binary(kubernetes, 'kube-proxy'),
    args: [`--config=${config}`],
    files: { [config]: renderKubeProxyConfig({ kubeconfig, podCidr, nodeName: zone.node }) },
  })
}

/** kube-router with everything off but its network policy controller ("firewall"), which writes iptables and ipsets. */
function router(zone: Zone): Daemon {
  return daemonIn(zone, 'kube-router', {
    command: binary(kubeRouter, 'kube-router'),
    args: [
      `--kubeconfig=${files.kubeconfig('kube-router')}`,
      `--hostname-override=${zone.node}`,
      '--run-firewall=true',
      '--run-router=false',
      '--run-service-proxy=false',
      '--enable-cni=false',
      '--enable-ipv6=false',
      `--service-cluster-ip-range=${serviceCidr}`,
      '--iptables-sync-period=30s',
      '--health-port=0',
    ],
  })
}
