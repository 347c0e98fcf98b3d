/** etcd, API server, controller manager and scheduler, as processes on the host. */
import { join } from 'node:path'
import { binary, kubernetes } from './binaries.ts'
import { isReady } from './api.ts'
import { ensureDaemon, untilServing, type Daemon } from './daemons.ts'
import { apiAddresses } from './network.ts'
import { ensurePki, pkiFiles, type Identity } from './pki.ts'
import { renderAuditPolicy } from './render/audit.ts'
import { clusterDomain, operatorUser, podCidr, serviceCidr } from './settings.ts'

/** Where one control plane lives: the cluster's own, or a bare one of a test. */
export type Place = {
  dir: string
  logDir: string
  /** Address that the API server listens on and advertises. */
  address: string
  apiPort: number
  ports: { etcd: number; etcdPeer: number; controllerManager: number; scheduler: number }
  cgroup?: string
  /** The daemons die with us: for test servers that nobody else would end. */
  endsWithCaller?: boolean
  /** False for no audit log. */
  audit?: boolean
  /** More flags for the API server. */
  flags?: readonly string[]
  /** More client and server certificates, by name. */
  identities: Record<string, Identity>
  /** Those of them that get a kubeconfig. */
  kubeconfigs: readonly string[]
}

const own: Record<string, Identity> = {
  admin: { commonName: 'admin', organization: 'system:masters' },
  apiserver: {
    commonName: 'kube-apiserver',
    names: [
      'localhost',
      'kubernetes',
      'kubernetes.default',
      'kubernetes.default.svc',
      `kubernetes.default.svc.${clusterDomain}`,
    ],
    addresses: apiAddresses,
  },
  'apiserver-to-kubelet': { commonName: 'kube-apiserver-kubelet-client', organization: 'system:masters' },
  'front-proxy': { commonName: 'front-proxy-client' },
  'controller-manager': { commonName: 'system:kube-controller-manager' },
  scheduler: { commonName: 'system:kube-scheduler' },
}

const pkiDir = (place: { dir: string }) => join(place.dir, 'pki')
export const adminKubeconfig = (place: { dir: string }) => pkiFiles(pkiDir(place)).kubeconfig('admin')
/** Names of the daemons of a whole control plane, as they are recorded. */
export const daemons = ['etcd', 'kube-apiserver', 'kube-controller-manager', 'kube-scheduler'] as const

export const recordDir = (place: { dir: string }) => join(place.dir, 'run')
export const auditLog = (place: { logDir: string }) => join(place.logDir, 'audit.log')

/** Makes the certificates of a place unless it has them. */
export async function ensureControlPlanePki(place: Place): Promise<void> {
  const server = `https://${place.address}:${place.apiPort}`
  const kubeconfigs = ['admin', 'controller-manager', 'scheduler', ...place.kubeconfigs]
  await ensurePki(pkiDir(place), server, { ...own, ...place.identities }, kubeconfigs)
}

/** Starts etcd and waits until it is healthy. */
export async function ensureEtcd(place: Place): Promise<void> {
  const daemon = etcd(place)
  await ensureDaemon(daemon)
  await untilServing(daemon, 30, async () => (await fetch(`http://127.0.0.1:${place.ports.etcd}/health`)).ok)
}

/** Starts the API server and waits until it is ready. */
export async function ensureApiServer(place: Place): Promise<void> {
  const daemon = apiServer(place)
  await ensureDaemon(daemon)
  await untilServing(daemon, 60, () => isReady(adminKubeconfig(place)))
}

/** Starts the controller manager; nobody has to wait for it. */
export async function ensureControllerManager(place: Place): Promise<void> {
  await ensureDaemon(controllerManager(place))
}

/** Starts the scheduler; nobody has to wait for it. */
export async function ensureScheduler(place: Place): Promise<void> {
  await ensureDaemon(scheduler(place))
}

const daemonAt = (
  place: Place,
  name: string,
  program: string,
  args: string[],
  files?: Record<string, string>,
): Daemon => ({
  name,
  command: binary(kubernetes, program),
  args,
  files,
  cgroup: place.cgroup,
  endsWithCaller: place.endsWithCaller,
  recordDir: recordDir(place),
  logFile: join(place.logDir, `${name}.log`),
})

function etcd(place: Place): Daemon {
  const client = `http://127.0.0.1:${place.ports.etcd}`
  const peer = `http://127.0.0.1:${place.ports.etcdPeer}`
  return daemonAt(place, 'etcd', 'etcd', [
    `--data-dir=${join(place.dir, 'etcd')}`,
    `--listen-client-urls=${client}`,
    `--advertise-client-urls=${client}`,
    `--listen-peer-urls=${peer}`,
    `--initial-advertise-peer-urls=${peer}`,
    `--initial-cluster=default=${peer}`,
    '--unsafe-no-fsync', // a test cluster: the disk is not what is measured
    '--auto-compaction-retention=10m',
    '--log-level=warn',
  ])
}

function apiServer(place: Place): Daemon {
  const files = pkiFiles(pkiDir(place))
  const policy = join(place.dir, 'audit-policy.yaml')
  const args = [
    `--etcd-servers=http://127.0.0.1:${place.ports.etcd}`,
    `--bind-address=${place.address}`,
    `--advertise-address=${place.address}`,
    `--secure-port=${place.apiPort}`,
    '--authorization-mode=Node,RBAC',
    '--enable-admission-plugins=NodeRestriction',
    '--anonymous-auth=false',
    '--allow-privileged=true',
    `--client-ca-file=${files.ca}`,
    `--tls-cert-file=${files.cert('apiserver')}`,
    `--tls-private-key-file=${files.key('apiserver')}`,
    `--kubelet-certificate-authority=${files.ca}`,
    `--kubelet-client-certificate=${files.cert('apiserver-to-kubelet')}`,
    `--kubelet-client-key=${files.key('apiserver-to-kubelet')}`,
    '--kubelet-preferred-address-types=InternalIP',
    `--requestheader-client-ca-file=${files.frontProxyCa}`,
    '--requestheader-allowed-names=front-proxy-client',
    '--requestheader-extra-headers-prefix=X-Remote-Extra-',
    '--requestheader-group-headers=X-Remote-Group',
    '--requestheader-username-headers=X-Remote-User',
    `--proxy-client-cert-file=${files.cert('front-proxy')}`,
    `--proxy-client-key-file=${files.key('front-proxy')}`,
    '--enable-aggregator-routing=true', // webhooks go straight to pod addresses: the host needs no kube-proxy for them
    '--service-account-issuer=https://kubernetes.default.svc',
    `--service-account-key-file=${files.serviceAccountPublic}`,
    `--service-account-signing-key-file=${files.serviceAccountKey}`,
    `--service-cluster-ip-range=${serviceCidr}`,
    ...(place.audit === false ? [] : auditFlags(place, policy)),
    ...(place.flags ?? []),
  ]
  return daemonAt(place, 'kube-apiserver', 'kube-apiserver', args, { [policy]: renderAuditPolicy(operatorUser) })
}

/** Blocking, so that a write that was answered is in the log already. */
const auditFlags = (place: Place, policy: string) => [
  `--audit-policy-file=${policy}`,
  `--audit-log-path=${auditLog(place)}`,
  '--audit-log-mode=blocking',
  '--audit-log-maxsize=200',
  '--audit-log-maxbackup=3',
]

function controllerManager(place: Place): Daemon {
  const files = pkiFiles(pkiDir(place))
  const kubeconfig = files.kubeconfig('controller-manager')
  return daemonAt(place, 'kube-controller-manager', 'kube-controller-manager', [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${place.ports.controllerManager}`,
    '--use-service-account-credentials=true',
    `--service-account-private-key-file=${files.serviceAccountKey}`,
    `--root-ca-file=${files.ca}`,
    `--cluster-cidr=${podCidr}`,
    '--allocate-node-cidrs=false', // each zone has its own, by its place (settings.ts)
    '--leader-elect=false',
    '--node-monitor-period=2s',
    '--node-monitor-grace-period=20s', // ten missed renewals of the lease; Kubernetes' default is 50 s
  ])
}

function scheduler(place: Place): Daemon {
  const kubeconfig = pkiFiles(pkiDir(place)).kubeconfig('scheduler')
  return daemonAt(place, 'kube-scheduler', 'kube-scheduler', [
    `--kubeconfig=${kubeconfig}`,
    `--authentication-kubeconfig=${kubeconfig}`,
    `--authorization-kubeconfig=${kubeconfig}`,
    '--bind-address=127.0.0.1',
    `--secure-port=${place.ports.scheduler}`,
    '--leader-elect=false',
  ])
}
