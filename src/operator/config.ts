import { DEFAULT_VALUES, type EgressValues, parseEgressValues } from '../rules/egress.ts'
import { NO_LIMITS, readShares, type ShareSettings } from '../rules/shares.ts'
import type { Reservation } from '../rules/number-claims.ts'
import type { Placement } from '../rules/placement.ts'
import type { DatabaseSettings } from './world/callbot.ts'
import { type PodScheduling, readPodScheduling } from './world/pod-scheduling.ts'

/** What the operator reads from its environment. Durations in seconds. */
export interface OperatorConfig {
  podName: string
  namespace: string
  image: string
  /** Of `callbot-records`, which is of the same version as store and sweep. */
  recordsImage: string
  logLevel: string
  concurrency: number
  lease: { durationSeconds: number; renewDeadlineSeconds: number; retryPeriodSeconds: number }
  caLifetimeSeconds: number
  leafLifetimeSeconds: number
  renewAtFraction: number
  /** From where and to where calls' voice goes; empty: anywhere. */
  mediaCidrs: string[]
  /** Media passes the edges: bots hear nobody else. */
  mediaByEdges: boolean
  /** Of all pods that the operator creates. */
  scheduling: PodScheduling
  /** Where all pods of the installation run, and all servers of bots are. */
  placement: Placement
  /** Where bots send nothing to, besides what leads to no other host. */
  deniedCidrs: string[]
  /** Where else programs connect to on behalf of tenants. */
  egress: EgressValues
  /** The address of the API server, which is in the environment of each pod. */
  apiServer: string | undefined
  /** Numbers that are kept for some namespaces. */
  reservations: Reservation[]
  /** What each namespace may have of what all share. */
  shares: ShareSettings
  /** That of call records; undefined: none are kept. */
  database: DatabaseSettings | undefined
  /** For how long a generation of root keys seals records, from 10 minutes to 31 days. */
  rootKeySeconds: number
  metricsPort: number
  healthPort: number
  /** 0: no webhook. */
  webhookPort: number
}

const LOG_LEVELS = ['debug', 'info', 'warn', 'error', 'silent']
const FOREVER = Number.MAX_SAFE_INTEGER

/**
 * Read by hand and not by the schema library of `api/`: that would be a twentieth of the operator's memory for a dozen
 * variables.
 * @throws an Error that names each variable that is missing or wrong, and what it should be
 */
export function readOperatorConfig(env: NodeJS.ProcessEnv): OperatorConfig {
  const read = new Reader(env)
  const image = read.text('CALLBOT_IMAGE')
  const config: OperatorConfig = {
    podName: read.text('POD_NAME'),
    namespace: read.text('POD_NAMESPACE', 'callbot-system'),
    image,
    recordsImage: env['CALLBOT_RECORDS_IMAGE'] || image,
    logLevel: read.oneOf('CALLBOT_LOG_LEVEL', LOG_LEVELS, 'info'),
    concurrency: read.whole('CALLBOT_CONCURRENCY', { least: 1, most: 256, otherwise: 16 }),
    lease: {
      durationSeconds: read.seconds('CALLBOT_LEASE_DURATION_SECONDS', 4),
      renewDeadlineSeconds: read.seconds('CALLBOT_LEASE_RENEW_DEADLINE_SECONDS', 3),
      retryPeriodSeconds: read.seconds('CALLBOT_LEASE_RETRY_PERIOD_SECONDS', 1),
    },
    caLifetimeSeconds: read.seconds('CALLBOT_CA_LIFETIME_SECONDS', 157_680_000),
    leafLifetimeSeconds: read.seconds('CALLBOT_LEAF_LIFETIME_SECONDS', 2_592_000),
    renewAtFraction: read.number('CALLBOT_RENEW_AT_FRACTION', { least: 0.1, most: 0.95, otherwise: 0.66 }),
    mediaCidrs: read.list('CALLBOT_MEDIA_CIDRS'),
    mediaByEdges: read.oneOf('CALLBOT_MEDIA_MODE', ['Direct', 'Relay'], 'Direct') === 'Relay',
    scheduling: read.scheduling('CALLBOT_POD_SCHEDULING'),
    placement: {
      regions: read.list('CALLBOT_REGIONS'),
      certifications: read.list('CALLBOT_CERTIFICATIONS'),
    },
    deniedCidrs: read.list('CALLBOT_DENIED_CIDRS'),
    egress: read.egress('CALLBOT_EGRESS'),
    apiServer: env['KUBERNETES_SERVICE_HOST'],
    reservations: read.reservations('CALLBOT_NUMBER_RESERVATIONS'),
    shares: read.shares('CALLBOT_SHARES'),
    database: read.database(),
    rootKeySeconds: read.whole('CALLBOT_ROOT_KEY_SECONDS', { least: 600, most: 2_678_400, otherwise: 86_400 }),
    metricsPort: read.whole('CALLBOT_METRICS_PORT', { least: 0, most: 65_535, otherwise: 8443 }),
    healthPort: read.whole('CALLBOT_HEALTH_PORT', { least: 0, most: 65_535, otherwise: 8081 }),
    webhookPort: read.whole('CALLBOT_WEBHOOK_PORT', { least: 0, most: 65_535, otherwise: 0 }),
  }
  read.done()
  return config
}

interface Range {
  least: number
  most: number
  otherwise: number
}

/** Reads variables and gathers what is wrong with them, so that a person learns all of it at once. */
class Reader {
  private readonly env: NodeJS.ProcessEnv
  private readonly faults: string[] = []

  constructor(env: NodeJS.ProcessEnv) {
    this.env = env
  }

  text(name: string, otherwise?: string): string {
    const value = this.env[name] ?? otherwise
    if (value === undefined || value === '') return this.fault(`${name} is missing: set it`, '')
    return value
  }

  /** Texts with commas between; none when it isn't set. */
  list(name: string): string[] {
    return (this.env[name] ?? '')
      .split(',')
      .map((each) => each.trim())
      .filter((each) => each !== '')
  }

  /** PREFIX:NAMESPACE|NAMESPACE with commas between, such as +331990:lilas|roses,+32:anvers. */
  reservations(name: string): Reservation[] {
    return this.list(name).map((each) => {
      const [prefix = '', names = ''] = each.split(':')
      const namespaces = names.split('|').filter((namespace) => namespace !== '')
      const isRight = /^\+[1-9][0-9]{0,14}$/.test(prefix) && namespaces.length > 0
      return isRight
        ? { prefix, namespaces }
        : this.fault(`${name} has "${each}": set it to +PREFIX:NAMESPACE|NAMESPACE`, { prefix, namespaces })
    })
  }

  /** JSON, as the chart writes it: `{default, namespaces: {NAMESPACE: ...}, total}` with numbers by resource. */
  shares(name: string): ShareSettings {
    const found = readShares(this.env[name] ?? '{}')
    const cure =
      'set it to a JSON object with default, namespaces and total, whose values are whole numbers by resource'
    return found ?? this.fault(`${name} is "${this.env[name]}": ${cure}`, NO_LIMITS)
  }

  /** JSON, as the chart writes it: `egress` of the values. */
  egress(name: string): EgressValues {
    const text = this.env[name]
    const found = text === undefined ? DEFAULT_VALUES : parseEgressValues(text)
    return (
      found ??
      this.fault(`${name} can't be read: set it to a JSON object with enforce, open and clusterCidrs`, DEFAULT_VALUES)
    )
  }

  /** JSON, as the chart writes it. */
  scheduling(name: string): PodScheduling {
    const found = readPodScheduling(this.env[name] ?? '{}')
    const cure =
      'set it to a JSON object with nodeSelector, tolerations, priorityClassName, imagePullSecrets and annotations'
    return found ?? this.fault(`${name} can't be read: ${cure}`, {})
  }

  /** Undefined: there is none. */
  database(): DatabaseSettings | undefined {
    const whose = this.oneOf('CALLBOT_DATABASE', ['None', 'Own', 'Outside'], 'None')
    return whose === 'None' ? undefined : { isOutside: whose === 'Outside' }
  }

  oneOf(name: string, words: readonly string[], otherwise: string): string {
    const value = this.env[name] ?? otherwise
    if (words.includes(value)) return value
    return this.fault(`${name} is "${value}": set it to one of ${words.join(', ')}`, otherwise)
  }

  number(name: string, { least, most, otherwise }: Range): number {
    const text = this.env[name]
    if (text === undefined) return otherwise
    const value = text.trim() === '' ? NaN : Number(text)
    if (value >= least && value <= most) return value
    const range = most === FOREVER ? `from ${least} up` : `from ${least} to ${most}`
    return this.fault(`${name} is "${text}": set it to a number ${range}`, otherwise)
  }

  seconds(name: string, otherwise: number): number {
    return this.number(name, { least: 0.001, most: FOREVER, otherwise })
  }

  whole(name: string, range: Range): number {
    const value = this.number(name, range)
    if (Number.isInteger(value)) return value
    return this.fault(`${name} is "${this.env[name]}": set it to a whole number`, range.otherwise)
  }

  done(): void {
    if (this.faults.length === 0) return
    throw new Error(`The operator can't start (the chart sets these variables right): ${this.faults.join('; ')}.`)
  }

  private fault<T>(what: string, meanwhile: T): T {
    this.faults.push(what)
    return meanwhile
  }
}
