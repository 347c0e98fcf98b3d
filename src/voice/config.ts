/** What a bot pod is told by its environment. */
export interface VoiceConfig {
  readonly name: string
  readonly namespace: string
  readonly pod: string
  /** Folder with tls.crt, tls.key and ca.crt. */
  readonly tlsFolder: string
  /** Names that a peer's certificate has to prove, one of them, to speak SIP with us. */
  readonly peers: readonly string[]
  readonly sipsPort: number
  readonly healthPort: number
  /** How long a draining pod stays at least, so that every edge hears the 503 and turns elsewhere. Seconds. */
  readonly lingerSeconds: number
  readonly logLevel: string
}

type Env = Readonly<Record<string, string | undefined>>

const OPERATOR_NAMESPACE = 'callbot-system'

/** @throws Error that names the variable and the cure */
export function readVoiceConfig(env: Env): VoiceConfig {
  const peers =
    env['CALLBOT_PEERS'] ?? ['operator', 'edge'].map((who) => `callbot-${who}.${OPERATOR_NAMESPACE}.svc`).join()
  return {
    name: required(env, 'CALLBOT_NAME'),
    namespace: required(env, 'CALLBOT_NAMESPACE'),
    pod: required(env, 'POD_NAME'),
    tlsFolder: env['CALLBOT_TLS_DIR'] ?? '/etc/callbot/tls',
    peers: peers
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== ''),
    sipsPort: number(env, 'CALLBOT_SIPS_PORT', 5061, 65_535),
    healthPort: number(env, 'CALLBOT_HEALTH_PORT', 8443, 65_535),
    lingerSeconds: number(env, 'CALLBOT_LINGER_SECONDS', 3, 3_600),
    logLevel: env['CALLBOT_LOG_LEVEL'] ?? 'info',
  }
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
