/** Names, addresses and places of the local cluster. Everything else derives from these. */
import { homedir } from 'node:os'
import { join } from 'node:path'

/** The checkout that this program belongs to. */
export const repo = join(import.meta.dirname, '..', '..')

/** Every Debian package that images may have. */
export const packagesLock = join(repo, 'hack', 'images', 'packages.lock')
/** The same of the media relay, which is of another suite. */
export const relayLock = join(repo, 'hack', 'images', 'relay.lock')

/**
 * Clusters beside each other: 0 is everybody's, 1 and 2 belong to the tests, 3 to 7 are free. Names, addresses and ports of two instances
 * never meet.
 */
export const instance = Number(process.env['CLUSTER_INSTANCE'] || 0)
if (![0, 1, 2, 3, 4, 5, 6, 7].includes(instance)) throw new Error('CLUSTER_INSTANCE must be a number from 0 to 7')
const nameOf = (of: number) => (of === 0 ? 'callbot-cluster' : `callbot-cluster-${of}`)
const name = nameOf(instance)
const prefix = instance === 0 ? 'callbot' : `callbot${instance}`

/** Everything that `down` removes lives in these two and in the cgroups of the same name. */
const stateDirOf = (of: number) => `/var/lib/${nameOf(of)}`
export const stateDir = stateDirOf(instance)
/** The disk that is mounted there, with CLUSTER_DISK=image. */
export const stateImage = `${stateDir}.img`
export const runDir = `/run/${name}`
/** The folder of an instance's logs. */
export const logDirOf = (of: number) => join(stateDirOf(of), 'logs')
export const logDir = logDirOf(instance)
export const cgroupName = name

/** What is slow to make and safe to keep: binaries, base images. Only `down --purge` removes it. */
export const cacheDir = join(process.env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'callbot-operator')

export const kubeconfigFile = join(stateDir, 'admin.kubeconfig')
export const auditLogFile = join(logDir, 'audit.log')

/** True when the user brings a cluster of their own: nothing on this machine is touched then. */
export const usesCurrentCluster = process.env['CLUSTER'] === 'current'

export const operatorImage = process.env['IMAGE'] || 'localhost/callbot-operator:dev'
export const baseImage = 'localhost/callbot-base:trixie'
export const edgeImage = process.env['EDGE_IMAGE'] || 'localhost/callbot-edge:dev'
export const edgeBaseImage = 'localhost/callbot-edge-base:trixie'
export const relayImage = process.env['RELAY_IMAGE'] || 'localhost/callbot-relay:dev'
export const relayBaseImage = 'localhost/callbot-relay-base:sid-nftables'
export const speechImage = process.env['SPEECH_IMAGE'] || 'localhost/callbot-speech:dev'
export const speechBaseImage = 'localhost/callbot-speech-base:trixie'
export const postgresImage = process.env['POSTGRES_IMAGE'] || 'localhost/callbot-postgres:dev'
export const postgresBaseImage = 'localhost/callbot-postgres-base:trixie'
export const toolImage = 'localhost/busybox:local'
export const dnsImage = 'localhost/coredns:local'

/** The ServiceAccount whose writes the audit log keeps whole. */
export const operatorUser = 'system:serviceaccount:callbot-system:callbot-operator'

/** How packets of pods reach another zone: by routes of the host and the zones, or in a tunnel (overlay.ts). */
const network = process.env['CLUSTER_NETWORK'] || 'routed'
if (!['routed', 'overlay'].includes(network)) throw new Error('CLUSTER_NETWORK must be routed or overlay')
export const isOverlay = network === 'overlay'

/** One switch (a bridge in a namespace of its own, so that no firewall rule of the host sees zone traffic). */
export const fabric = { netns: `${prefix}-fabric`, bridge: 'fabric0', prefixLength: 24 }
const subnet = `10.${250 - instance}.0`

/** Of the world outside, see outside.ts. */
export const outsideNamespaces = {
  gateway: `${prefix}-gateway`,
  carrier: `${prefix}-carrier`,
  router: `${prefix}-router`,
  home: `${prefix}-home`,
  stranger: `${prefix}-stranger`,
}

/** The host's end: the API server listens here, so pods and people use one address. */
export const host = { link: `callbot${instance}`, address: `${subnet}.254`, apiPort: 6443 }
export const ports = {
  etcd: 23790 + 10 * instance,
  etcdPeer: 23791 + 10 * instance,
  controllerManager: 10257 + 10 * instance,
  scheduler: 10259 + 10 * instance,
}

export const podNet = `10.${244 - instance}`
const serviceNet = `10.${96 + instance}`
export const podCidr = `${podNet}.0.0/16`
export const serviceCidr = `${serviceNet}.0.0/16`
export const apiServiceAddress = `${serviceNet}.0.1`
export const dnsAddress = `${serviceNet}.0.10`
export const clusterDomain = 'cluster.local'

export type Zone = {
  /** Value of topology.kubernetes.io/zone. */
  name: string
  /** The one node in it. Deliberately not the zone's name, so that confusing the two shows. */
  node: string
  netns: string
  /** The zone's port on the switch; down means cut. */
  port: string
  address: string
  podCidr: string
  stateDir: string
  runDir: string
  socket: string
}

const zone = (letter: string, index: number): Zone => ({
  name: `zone-${letter}`,
  node: `node-${letter}`,
  netns: `${prefix}-zone-${letter}`,
  port: `port-${letter}`,
  address: `${subnet}.${index}`,
  podCidr: `${podNet}.${index}.0/24`,
  stateDir: join(stateDir, `zone-${letter}`),
  runDir: join(runDir, `zone-${letter}`),
  socket: join(runDir, `zone-${letter}`, 'containerd.sock'),
})

export const zones: readonly Zone[] = [zone('a', 1), zone('b', 2), zone('c', 3)]

/** @throws when there is no such zone; says which there are. */
export function zoneNamed(name: string): Zone {
  const found = zones.find((candidate) => candidate.name === name)
  if (!found) throw new Error(`no zone "${name}": use one of ${zones.map((each) => each.name).join(', ')}`)
  return found
}
