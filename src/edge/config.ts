import { readCidr, type Cidr } from '../lib/ip-address.ts'
import type { MediaPorts } from './render/relay.ts'
import type { CipherSuites } from './render/tls-profiles.ts'

/** What the edge agent reads from its environment. */
export interface EdgeConfig {
  podName: string
  podIp: string
  namespace: string
  logLevel: string
  /** Shared with the proxy: its tables, and what a later agent has to know. */
  folder: string
  /** The proxy's control socket. */
  socket: string
  /** Folder with tls.crt, tls.key and ca.crt: who we are to pods and to those who ask for metrics. */
  insideFolder: string
  /** Folder with tls.crt and tls.key, what callers see. Undefined: the same as pods. */
  outsideFolder: string | undefined
  /** Folder with ca.crt, the authorities of which callers have to show a certificate. Undefined: none is asked for. */
  callersFolder: string | undefined
  /** How many TLS profiles one address of a trunk may have: the proxy has as many sockets for them. */
  trunkLines: number
  cipherSuites: CipherSuites
  /** Undefined: media does not pass the edge. */
  relay: RelayConfig | undefined
  /** Port of the proxy for pods. */
  insidePort: number
  healthPort: number
  metricsPort: number
  /** For the operator, which asks what the edge found of trunks. */
  statePort: number
}

export interface RelayConfig {
  nodeName: string
  /** Where callers reach the edge on a node, by its name. */
  addresses: ReadonlyMap<string, string>
  /** Towards callers and trunks. */
  ports: MediaPorts
  /** Of the node that the edge is on. */
  nodeAddresses: readonly string[]
  /** Where callers and carriers are, as the administrator says: media may go there. */
  mediaCidrs: readonly Cidr[]
  /** Media goes nowhere in these. */
  deniedCidrs: readonly Cidr[]
}

type Env = Readonly<Record<string, string | undefined>>

/** @throws Error that names the variable and the cure */
export function readEdgeConfig(env: Env): EdgeConfig {
  return {
    podName: required(env, 'POD_NAME'),
    podIp: required(env, 'POD_IP'),
    namespace: required(env, 'POD_NAMESPACE'),
    logLevel: env['CALLBOT_LOG_LEVEL'] ?? 'info',
    folder: env['CALLBOT_EDGE_DIR'] ?? '/var/lib/callbot-edge',
    socket: env['CALLBOT_EDGE_SOCKET'] ?? '/run/callbot-edge/ctl.sock',
    insideFolder: env['CALLBOT_TLS_DIR'] ?? '/etc/callbot/tls/inside',
    outsideFolder: env['CALLBOT_OUTSIDE_TLS_DIR'] || undefined,
    callersFolder: env['CALLBOT_CLIENT_CA_DIR'] || undefined,
    trunkLines: port(env, 'CALLBOT_TRUNK_LINES', 16),
    cipherSuites: suites(env['CALLBOT_CIPHER_SUITES'] ?? 'AEAD'),
    relay: relay(env),
    insidePort: port(env, 'CALLBOT_INSIDE_PORT', 5071),
    healthPort: port(env, 'CALLBOT_HEALTH_PORT', 8081),
    metricsPort: port(env, 'CALLBOT_METRICS_PORT', 8443),
    statePort: port(env, 'CALLBOT_STATE_PORT', 8444),
  }
}

function relay(env: Env): RelayConfig | undefined {
  const mode = env['CALLBOT_MEDIA_MODE'] ?? 'Direct'
  if (mode === 'Direct') return undefined
  if (mode !== 'Relay') throw new Error(`CALLBOT_MEDIA_MODE is "${mode}": set it to Direct or Relay`)
  const pairs = listed(env, 'CALLBOT_PUBLIC_ADDRESSES')
  return {
    nodeName: required(env, 'NODE_NAME'),
    addresses: new Map(pairs.map((pair) => pair.split('=', 2) as [string, string])),
    ports: {
      first: port(env, 'CALLBOT_FIRST_MEDIA_PORT', 20_000),
      last: port(env, 'CALLBOT_LAST_MEDIA_PORT', 20_199),
    },
    nodeAddresses: listed(env, 'NODE_IPS'),
    mediaCidrs: cidrs(env, 'CALLBOT_MEDIA_CIDRS'),
    deniedCidrs: cidrs(env, 'CALLBOT_DENIED_CIDRS'),
  }
}

const listed = (env: Env, name: string) => (env[name] ?? '').split(',').filter((text) => text !== '')

const cidrs = (env: Env, name: string) =>
  listed(env, name).map((text) => {
    const cidr = readCidr(text)
    if (cidr === undefined) throw new Error(`${name} has "${text}", which is no CIDR: write ADDRESS/BITS`)
    return cidr
  })

function suites(text: string): CipherSuites {
  if (text === 'AEAD' || text === 'AEADAndCBC') return text
  throw new Error(`CALLBOT_CIPHER_SUITES is "${text}": set it to AEAD or AEADAndCBC`)
}

function required(env: Env, name: string): string {
  const value = env[name]
  if (value === undefined || value === '')
    throw new Error(`${name} is missing: the chart sets it in the pod's environment`)
  return value
}

function port(env: Env, name: string, otherwise: number): number {
  const text = env[name]
  if (text === undefined) return otherwise
  if (/^\d+$/.test(text) && Number(text) < 65_536) return Number(text)
  throw new Error(`${name} is "${text}": set it to a whole number from 0 to 65535`)
}
