/** The trunks of an Integration, as the operator publishes them for the edges (beside rules/route.ts). */
import type { HeldSince } from './held-addresses.ts'
import * as read from './published-config.ts'

export interface TrunkGroup {
  integration: { namespace: string; name: string; uid: string }
  /** Milliseconds of a hybrid clock (rules/epoch.ts). A smaller one is older, whenever it comes. */
  epoch: number
  /** In the order in which they are tried: the primary first. */
  trunks: Trunk[]
  probe: TrunkProbe
  failover: TrunkFailover
  /** The trunk to which a person wants calls to return, from the annotation callbots.dev/failback. */
  failbackTo?: string
  /** What the person called sees. */
  callerNumber: 'Caller' | 'Bot' | 'Withheld'
  userAgent?: string
}

export interface Trunk {
  name: string
  role: 'Primary' | 'Backup'
  /** A host name, or an address without brackets. */
  host: string
  port: number
  transport: TrunkTransport
  srtp: 'Required' | 'Preferred' | 'Disabled'
  /** Calls at the same time. */
  maxCalls: number
  /** New calls for each second. */
  callsPerSecond: number
  /** Absent: as we do, with the plus. */
  numbers?: TrunkNumbers
  tls?: TrunkTls
  digest?: TrunkDigest
  /** From where it calls in, as CIDRs, by its transport. Absent: it doesn't. */
  inboundSources?: string[]
  /** Since when the Integration is published with this host, an epoch. Absent: since this one. */
  since?: number
  /** The addresses that edges call for this host. Absent: no edge has reported one. */
  held?: HeldSince
}

export type TrunkTransport = 'TLS' | 'TCP' | 'UDP'

/** How a trunk wants numbers in E.164 to be written. */
export interface TrunkNumbers {
  international: 'Plus' | 'DoubleZero' | 'Digits'
  /** The country whose numbers are written without their country code, after a prefix that may be empty. */
  national?: { countryCode: string; prefix: string }
}

/** Our side of TLS towards a trunk. Secrets lie in the namespace of the Integration. */
export interface TrunkTls {
  /** A Secret with tls.crt and tls.key. Absent: no certificate is shown. */
  identitySecret?: string
  /** Absent: the public authorities. */
  caSecret?: { name: string; key: string }
  /** Absent: the host of the trunk. */
  serverName?: string
}

/** What is answered when the trunk asks who we are. */
export interface TrunkDigest {
  /** A Secret with username and password. */
  secret: string
  /** Absent: any realm. */
  realm?: string
  algorithms: 'SHA256' | 'SHA256OrMD5'
}

export interface TrunkProbe {
  intervalSeconds: number
  timeoutMilliseconds: number
  /** So many failed (answered) probes in a row make a trunk Down (Up). */
  downAfter: number
  upAfter: number
}

export interface TrunkFailover {
  onStatusCodes: number[]
  perTryMilliseconds: number
  failback: { mode: 'Automatic' | 'Manual'; holdSeconds: number }
}

/** What the offer of a call has: header X-Callbot-Media between pod and edge. */
export type OfferedMedia = 'Secure' | 'Plain'

export const trunksKey = ({ integration }: Pick<TrunkGroup, 'integration'>) =>
  `${integration.namespace}/${integration.name}`

/** The domain by which a pod asks an edge for an Integration's trunks: `sip:NUMBER@INTEGRATION.NAMESPACE.trunks`. */
export const trunksDomain = ({ namespace, name }: { namespace: string; name: string }) => `${name}.${namespace}.trunks`

/** `namespace/name` of the Integration with that domain. */
export function integrationOf(domain: string): string {
  const [name = '', namespace = ''] = domain.split('.')
  return `${namespace}/${name}`
}

/** Whether a trunk takes a call with that media: nothing on the way adds or takes off encryption (safety rule 2). */
export const takesMedia = ({ srtp }: Pick<Trunk, 'srtp'>, media: OfferedMedia) =>
  srtp === 'Preferred' || (srtp === 'Required') === (media === 'Secure')

/** Where a trunk listens unless the spec says otherwise (RFC 3261 section 19.1.2). */
export const defaultPort = (transport: TrunkTransport) => (transport === 'TLS' ? 5061 : 5060)

/** @returns undefined when the text is not a group that an edge can carry */
export const parseTrunks = (text: string): TrunkGroup | undefined => read.readPublished(text, readGroup)

function readGroup(told: read.Members): TrunkGroup {
  const { namespace, name, uid } = read.membersOf(told['integration'])
  const { failbackTo } = told
  return {
    integration: {
      namespace: read.must(read.isName, namespace),
      name: read.must(read.isName, name),
      uid: read.must(read.isUid, uid),
    },
    epoch: read.must(read.isEpoch, told['epoch']),
    trunks: read.must(areTrunks, read.listOf(told['trunks'], readTrunk)),
    probe: readProbe(told['probe']),
    failover: readFailover(told['failover']),
    ...(read.isName(failbackTo) && { failbackTo }), // people type it: a wrong one is none
    callerNumber: read.must(read.isOneOf('Caller', 'Bot', 'Withheld'), told['callerNumber']),
    ...read.may('userAgent', told['userAgent'], (value) => read.must(read.isQuotable, value)),
  }
}

const areTrunks = (trunks: unknown): trunks is Trunk[] => {
  const names = (trunks as Trunk[]).map(({ name }) => name)
  return names.length > 0 && new Set(names).size === names.length
}

function readTrunk(value: unknown): Trunk {
  const told = read.membersOf(value)
  return {
    name: read.must(read.isName, told['name']),
    role: read.must(read.isOneOf('Primary', 'Backup'), told['role']),
    host: read.must(read.isHost, told['host']),
    port: read.must(read.isPort, told['port']),
    transport: read.must(read.isOneOf('TLS', 'TCP', 'UDP'), told['transport']),
    srtp: read.must(read.isOneOf('Required', 'Preferred', 'Disabled'), told['srtp']),
    maxCalls: read.must(isCount, told['maxCalls']),
    callsPerSecond: read.must(isCount, told['callsPerSecond']),
    ...read.may('numbers', told['numbers'], readNumbers),
    ...read.may('tls', told['tls'], readTls),
    ...read.may('digest', told['digest'], readDigest),
    ...read.may('inboundSources', told['inboundSources'], (list) =>
      read.listOf(list, (one) => read.must(read.isCidr, one)),
    ),
    ...read.may('since', told['since'], (value) => read.must(read.isEpoch, value)),
    ...read.may('held', told['held'], readHeld),
  }
}

/** What is no address or no time is as if it had not been reported. */
const readHeld = (value: unknown): HeldSince =>
  Object.fromEntries(
    Object.entries(read.membersOf(value)).filter(
      (each): each is [string, number] => read.isAddress(each[0]) && read.isEpoch(each[1]),
    ),
  )

const isCount = read.isWhole(1, 1_000_000)
const isCountryCode = read.isMatch(/^[1-9][0-9]{0,2}$/)
const isPrefix = read.isMatch(/^[0-9]{0,3}$/)
const isMilliseconds = read.isWhole(1, 60_000)

function readNumbers(value: unknown): TrunkNumbers {
  const { international, national } = read.membersOf(value)
  return {
    international: read.must(read.isOneOf('Plus', 'DoubleZero', 'Digits'), international),
    ...read.may('national', national, (told) => {
      const { countryCode, prefix } = read.membersOf(told)
      return { countryCode: read.must(isCountryCode, countryCode), prefix: read.must(isPrefix, prefix) }
    }),
  }
}

function readTls(value: unknown): TrunkTls {
  const { identitySecret, caSecret, serverName } = read.membersOf(value)
  return {
    ...read.may('identitySecret', identitySecret, (name) => read.must(read.isObjectName, name)),
    ...read.may('caSecret', caSecret, readKey),
    ...read.may('serverName', serverName, (name) => read.must(read.isHost, name)),
  }
}

function readKey(value: unknown): { name: string; key: string } {
  const { name, key } = read.membersOf(value)
  return { name: read.must(read.isObjectName, name), key: read.must(read.isDataKey, key) }
}

function readDigest(value: unknown): TrunkDigest {
  const { secret, realm, algorithms } = read.membersOf(value)
  return {
    secret: read.must(read.isObjectName, secret),
    ...read.may('realm', realm, (text) => read.must(read.isQuotable, text)),
    algorithms: read.must(read.isOneOf('SHA256', 'SHA256OrMD5'), algorithms),
  }
}

function readProbe(value: unknown): TrunkProbe {
  const { intervalSeconds, timeoutMilliseconds, downAfter, upAfter } = read.membersOf(value)
  return {
    intervalSeconds: read.must(read.isWhole(1, 300), intervalSeconds),
    timeoutMilliseconds: read.must(isMilliseconds, timeoutMilliseconds),
    downAfter: read.must(isCount, downAfter),
    upAfter: read.must(isCount, upAfter),
  }
}

function readFailover(value: unknown): TrunkFailover {
  const { onStatusCodes, perTryMilliseconds, failback } = read.membersOf(value)
  const { mode, holdSeconds } = read.membersOf(failback)
  return {
    onStatusCodes: read.listOf(onStatusCodes, (code) => read.must(read.isWhole(400, 699), code)),
    perTryMilliseconds: read.must(isMilliseconds, perTryMilliseconds),
    failback: {
      mode: read.must(read.isOneOf('Automatic', 'Manual'), mode),
      holdSeconds: read.must(read.isWhole(0, 86_400), holdSeconds),
    },
  }
}
