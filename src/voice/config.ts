import { type Cidr, readCidr } from '../lib/ip-address.ts'
import { DEFAULT_EGRESS, type EgressPolicy, parseEgress } from '../rules/egress.ts'
import type { NextHop } from '../telephony/call.ts'
import { CLOSED_PORT } from '../rules/closed-port.ts'
import { TURNS_SOCKET } from './turn-tap/listen.ts'

/** What a bot pod reads from its environment. */
export interface VoiceConfig {
  readonly name: string
  readonly namespace: string
  readonly pod: string
  /** Where callers' media and SIP reach the pod: IPv4 or IPv6. */
  readonly podIp: string
  /** Where nothing is sent to, and where media goes; the latter empty: anywhere else. */
  readonly deniedCidrs: readonly Cidr[]
  readonly mediaCidrs: readonly Cidr[]
  /** In which web services, speech servers and language models may be; empty: any. */
  readonly installationRegions: readonly string[]
  /** Media passes relays, which forget their calls when they are restarted. */
  readonly isRelayed: boolean
  /** Where else the pod may connect to; enforced or reported. */
  readonly egress: EgressPolicy
  /** Addresses of the pod's node and of the API server: no web service of a client is there. */
  readonly nodeIp: string | undefined
  readonly apiServerIp: string | undefined
  /** Folder with bot.json. */
  readonly botFolder: string
  /** Folder with a folder for each Secret that holds an API key. */
  readonly secretsFolder: string
  /** The embedded speech server. */
  readonly speechUrl: string
  /** Folder with tls.crt, tls.key and ca.crt. */
  readonly tlsFolder: string
  /** Names that a peer's certificate has to prove, one of them, to speak SIP with us. */
  readonly peers: readonly string[]
  /** Names, one of which a certificate has to prove to get /metrics and /state, to set the policy of the pod, and to order test calls: the operator's alone. */
  readonly observers: readonly string[]
  readonly sipsPort: number
  /** Where edges take the calls of pods. */
  readonly edgePort: number
  /** For tests and measurements alone: SIP over UDP and TCP, where anybody may speak. Undefined: not open. */
  readonly plainSipPort: number | undefined
  /** For tests and measurements alone: calls that the pod places go there, over UDP. Undefined: to the edges. */
  readonly plainEdge: NextHop | undefined
  /** The first UDP port for media; two a party, four a call. */
  readonly mediaPort: number
  readonly healthPort: number
  /** Where nobody may connect, so that the operator sees whether network policies are enforced. */
  readonly closedPort: number
  /** Calls of the pod to itself before it is ready: its first caller shall wait no longer than its thousandth. */
  readonly rehearsalCalls: number
  /** How long a draining pod stays at least, so that every edge hears the 503 and turns elsewhere. Seconds. */
  readonly lingerSeconds: number
  /** How long the pod is not ready at most because its first words are not rendered. Seconds. */
  readonly greetingSeconds: number
  /** The socket at which `listen` hears the turns. */
  readonly turnsSocket: string
  readonly logLevel: string
}

type Env = Readonly<Record<string, string | undefined>>

const OPERATOR_NAMESPACE = 'callbot-system'

/** @throws Error that names the variable and the cure */
export function readVoiceConfig(env: Env): VoiceConfig {
  const own = ['operator', 'edge'].map((who) => `callbot-${who}.${OPERATOR_NAMESPACE}.svc`)
  return {
    name: required(env, 'CALLBOT_NAME'),
    namespace: required(env, 'CALLBOT_NAMESPACE'),
    pod: required(env, 'POD_NAME'),
    podIp: required(env, 'POD_IP'),
    deniedCidrs: cidrs(env, 'CALLBOT_DENIED_CIDRS'),
    mediaCidrs: cidrs(env, 'CALLBOT_MEDIA_CIDRS'),
    installationRegions: list(env['CALLBOT_REGIONS'], []),
    egress: egress(env, 'CALLBOT_EGRESS'),
    isRelayed: env['CALLBOT_MEDIA_MODE'] === 'Relay',
    nodeIp: env['NODE_IP'],
    // In the environment of each pod.
    apiServerIp: env['KUBERNETES_SERVICE_HOST'],
    botFolder: env['CALLBOT_BOT_DIR'] ?? '/etc/callbot/bot',
    tlsFolder: env['CALLBOT_TLS_DIR'] ?? '/etc/callbot/tls',
    secretsFolder: env['CALLBOT_SECRETS_DIR'] ?? '/etc/callbot/secrets',
    speechUrl: env['CALLBOT_SPEECH_URL'] ?? `https://callbot-speech.${OPERATOR_NAMESPACE}.svc:8443/v1`,
    peers: list(env['CALLBOT_PEERS'], own),
    observers: list(env['CALLBOT_OBSERVERS'], own.slice(0, 1)),
    sipsPort: number(env, 'CALLBOT_SIPS_PORT', 5061, 65_535),
    edgePort: number(env, 'CALLBOT_EDGE_PORT', 5071, 65_535),
    plainEdge: plainHop(env['CALLBOT_PLAIN_EDGE']),
    plainSipPort:
      env['CALLBOT_PLAIN_SIP_PORT'] === undefined ? undefined : number(env, 'CALLBOT_PLAIN_SIP_PORT', 5060, 65_535),
    mediaPort: number(env, 'CALLBOT_MEDIA_PORT', 16_384, 64_000),
    healthPort: number(env, 'CALLBOT_HEALTH_PORT', 8443, 65_535),
    closedPort: number(env, 'CALLBOT_CLOSED_PORT', CLOSED_PORT, 65_535),
    rehearsalCalls: number(env, 'CALLBOT_REHEARSAL_CALLS', 320, 1_000),
    lingerSeconds: number(env, 'CALLBOT_LINGER_SECONDS', 3, 3_600),
    greetingSeconds: number(env, 'CALLBOT_GREETING_SECONDS', 10, 600),
    turnsSocket: env['CALLBOT_TURNS_SOCKET'] ?? TURNS_SOCKET,
    logLevel: env['CALLBOT_LOG_LEVEL'] ?? 'info',
  }
}

function list(text: string | undefined, otherwise: readonly string[]): readonly string[] {
  if (text === undefined) return otherwise
  const names = text.split(',').map((name) => name.trim())
  return names.filter((name) => name !== '')
}

/** A range that can't be read would leave open what it was to close: the pod does not start. */
function cidrs(env: Env, name: string): Cidr[] {
  return list(env[name], []).map((text) => {
    const cidr = readCidr(text)
    if (cidr === undefined) throw new Error(`${name} has "${text}": write ADDRESS/BITS, as in 10.0.0.0/8`)
    return cidr
  })
}

function plainHop(text: string | undefined): NextHop | undefined {
  if (text === undefined) return undefined
  const [, host, port] = /^([0-9.]+):(\d{1,5})$/.exec(text) ?? []
  if (host === undefined) throw new Error(`CALLBOT_PLAIN_EDGE is "${text}": write it as 127.0.0.1:5070`)
  return { transport: 'UDP', host, port: Number(port) }
}

/** As the operator writes it. */
function egress(env: Env, name: string): EgressPolicy {
  const text = env[name]
  const policy = text === undefined ? DEFAULT_EGRESS : parseEgress(text)
  if (policy === undefined)
    throw new Error(`${name} can't be read: set it to a JSON object with enforce, open and clusterCidrs`)
  return policy
}

function required(env: Env, name: string): string {
  const value = env[name]
  if (value === undefined || value === '') throw new Error(`${name} is missing: set it in the pod's environment`)
  return value
}

function number(env: Env, name: string, otherwise: number, most: number): number {
  const text = env[name]
  if (text === undefined) return otherwise
  const value = Number(text)
  if (/^\d+$/.test(text) && value <= most) return value
  throw new Error(`${name} is "${text}": set it to a whole number from 0 to ${most}`)
}
