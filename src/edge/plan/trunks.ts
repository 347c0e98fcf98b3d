import { credentialsKey, credentialsOf, type Parts, type TlsProfile } from './credentials.ts'
import type { Login, Secrets } from './secret-values.ts'
import { fingerprint } from '../../lib/canonical.ts'
import {
  takesMedia,
  trunksDomain,
  trunksKey,
  type OfferedMedia,
  type Trunk,
  type TrunkGroup,
} from '../../rules/trunks.ts'

/** What the proxy's table of trunks says, before it is text. */
export interface TrunkTables {
  groups: GroupRow[]
  trunks: TrunkRow[]
  /** From where the trunks of a namespace call in. */
  inbound: InboundRow[]
  /** Trunks that can't be in the tables, with the cure. */
  unusable: UnusableTrunk[]
  /** By `credentialsKey`, what to go on with while a Secret can't be used. */
  kept: Map<string, Parts>
}

export interface GroupRow {
  /** By which a pod asks for it, `INTEGRATION.NAMESPACE.trunks`. */
  domain: string
  /** In the order in which they are tried. */
  ids: string[]
  onStatusCodes: number[]
  perTryMilliseconds: number
  /** What the person called sees of a caller whom the edge itself puts through. */
  callerNumber: TrunkGroup['callerNumber']
  userAgent?: string
}

export interface InboundRow {
  namespace: string
  transport: TrunkRow['transport']
  /** CIDRs, each once. */
  sources: string[]
}

export interface TrunkRow {
  /** Comes from the trunk's name and its address: what was seen of another address says nothing about this one. */
  id: string
  /** `namespace/name` of the Integration, and the trunk's name in it. */
  integration: string
  name: string
  /** ADDRESS:PORT, IPv6 in brackets. */
  hop: string
  transport: 'tls' | 'tcp' | 'udp'
  /** What it is called in the Request-URI. */
  authority: string
  /** With transport tls. */
  tls?: TlsProfile
  login?: Login
  /** Why its Secrets are not used as they are now; with the cure. */
  refused?: string
  media: OfferedMedia[]
  maxCalls: number
  callsPerSecond: number
  probe: TrunkGroup['probe']
  /** How long it must have answered again before it is called; Infinity: until a person says so. 0 for backups. */
  holdSeconds: number
  /** Milliseconds. */
  publishedAt: number
}

export interface UnusableTrunk {
  integration: string
  trunk: string
  /** What is wrong, and what to do. */
  because: string
  /** Since when it is published, in milliseconds. */
  since: number
}

const MEDIA: readonly OfferedMedia[] = ['Secure', 'Plain']

/** Whether a trunk's host is an address, which needs no DNS. The API takes nothing else with a colon or of figures alone. */
export const isAddress = (host: string) => host.includes(':') || /^[\d.]+$/.test(host)

/** What is known beside the groups themselves. */
export interface TrunkFacts {
  /** By host name, as they were looked up last. */
  addresses: ReadonlyMap<string, string>
  secrets: Secrets
  /** By `credentialsKey`, what was used last. */
  kept: ReadonlyMap<string, Parts>
  /** Epoch milliseconds. */
  now: number
  /** Which Integration (`namespace/name`) had a TLS connection to an address last: it goes on having it. */
  holders: ReadonlyMap<string, string>
}

export function planTrunks(published: Iterable<TrunkGroup>, facts: TrunkFacts): TrunkTables {
  const groups = [...published].sort((a, b) => (trunksKey(a) < trunksKey(b) ? -1 : 1))
  const tables: TrunkTables = { groups: [], trunks: [], inbound: inboundOf(groups), unusable: [], kept: new Map() }
  const tried = groups.map((group) => ({
    group,
    rows: group.trunks.map((trunk) => tryRow(group, trunk, facts, tables.kept)),
  }))
  const profiles = profilesInUse(
    tried.flatMap(({ rows }) => rows),
    facts.holders,
  )
  for (const { group, rows } of tried) {
    const usable = rows.filter(isUsable).filter(({ hop, tls }) => tls === undefined || tls.id === profiles.get(hop)?.id)
    const inTheWay = rows.filter(isUsable).filter((row) => !usable.includes(row))
    tables.groups.push(groupRow(group, usable))
    tables.trunks.push(...usable)
    tables.unusable.push(...rows.filter((row) => 'because' in row), ...inTheWay.map(taken))
  }
  return tables
}

function groupRow(
  { integration, failover, callerNumber, userAgent }: TrunkGroup,
  usable: readonly TrunkRow[],
): GroupRow {
  const { onStatusCodes, perTryMilliseconds } = failover
  return {
    ...{ domain: trunksDomain(integration), ids: usable.map(({ id }) => id) },
    ...{ onStatusCodes, perTryMilliseconds, callerNumber },
    ...(userAgent !== undefined && { userAgent }),
  }
}

/** By namespace and transport: a client's telephone system may call the bots of its own namespace, and no others. */
function inboundOf(groups: readonly TrunkGroup[]): InboundRow[] {
  const rows = new Map<string, InboundRow>()
  for (const { integration, trunks } of groups) {
    for (const trunk of trunks) {
      const transport = trunk.transport.toLowerCase() as TrunkRow['transport']
      const key = `${integration.namespace}/${transport}`
      const row = rows.get(key) ?? { namespace: integration.namespace, transport, sources: [] }
      row.sources = [...new Set([...row.sources, ...(trunk.inboundSources ?? [])])].sort()
      if (row.sources.length > 0) rows.set(key, row)
    }
  }
  return [...rows.values()]
}

/** Who has the TLS connection to an address from now on, by the address. */
export const holdersOf = ({ trunks }: TrunkTables) =>
  new Map(trunks.flatMap(({ tls, hop, integration }) => (tls === undefined ? [] : [[hop, integration] as const])))

const isUsable = (row: TrunkRow | UnusableTrunk): row is TrunkRow => !('because' in row)

/**
 * There is one connection to an address, and so one TLS profile. Who had it keeps it, so that no client can take another's away
 * by naming its address too; of those that come at once it is the first by name.
 */
function profilesInUse(rows: readonly (TrunkRow | UnusableTrunk)[], holders: ReadonlyMap<string, string>) {
  const found = new Map<string, TlsProfile>()
  for (const { hop, integration, tls } of rows.filter(isUsable)) {
    if (tls !== undefined && (!found.has(hop) || holders.get(hop) === integration)) found.set(hop, tls)
  }
  return found
}

function taken({ integration, name, hop, publishedAt }: TrunkRow): UnusableTrunk {
  const because = `the edge calls ${hop} with another certificate, authority or server name already: use the same`
  return { integration, trunk: name, because, since: publishedAt }
}

/** @param kept gets what is good of the trunk's credentials, whatever else may be wrong with it */
function tryRow(
  group: TrunkGroup,
  trunk: Trunk,
  { addresses, secrets, kept: before, now }: TrunkFacts,
  kept: Map<string, Parts>,
): TrunkRow | UnusableTrunk {
  const unusable = (because: string) => {
    return { integration: trunksKey(group), trunk: trunk.name, because, since: group.epoch }
  }
  const key = credentialsKey(group, trunk.name)
  const found = credentialsOf(group.integration.namespace, trunk, { secrets, kept: before.get(key), now })
  if ('because' in found) return unusable(found.because)
  const { parts, ...credentials } = found
  kept.set(key, parts)
  const address = isAddress(trunk.host) ? trunk.host : addresses.get(trunk.host)
  if (address === undefined)
    return unusable(`the name ${trunk.host} has no address: correct address.host, or add the name to DNS`)
  return { ...rowOf(group, trunk, address), ...credentials }
}

function rowOf(group: TrunkGroup, trunk: Trunk, address: string): TrunkRow {
  const hop = `${bracketed(address)}:${trunk.port}`
  const { mode, holdSeconds } = group.failover.failback
  const isHeld = trunk.role === 'Primary' && group.failbackTo !== trunk.name
  return {
    id: fingerprint([trunksKey(group), trunk.name, hop, trunk.transport]).slice(0, 12),
    integration: trunksKey(group),
    name: trunk.name,
    hop,
    transport: trunk.transport.toLowerCase() as TrunkRow['transport'],
    authority: `${bracketed(trunk.host)}:${trunk.port}`,
    media: MEDIA.filter((media) => takesMedia(trunk, media)),
    maxCalls: trunk.maxCalls,
    callsPerSecond: trunk.callsPerSecond,
    probe: group.probe,
    holdSeconds: !isHeld ? 0 : mode === 'Manual' ? Infinity : holdSeconds,
    publishedAt: group.epoch,
  }
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
