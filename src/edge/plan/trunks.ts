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
  /** Trunks that can't be in the tables, with the cure. */
  unusable: UnusableTrunk[]
}

export interface GroupRow {
  /** By which a pod asks for it, `INTEGRATION.NAMESPACE.trunks`. */
  domain: string
  /** In the order in which they are tried. */
  ids: string[]
  onStatusCodes: number[]
  perTryMilliseconds: number
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
  /** The name that its certificate must prove. */
  serverName: string
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

/** @param addresses by host name, as they were looked up last */
export function planTrunks(groups: Iterable<TrunkGroup>, addresses: ReadonlyMap<string, string>): TrunkTables {
  const tables: TrunkTables = { groups: [], trunks: [], unusable: [] }
  for (const group of [...groups].sort((a, b) => (trunksKey(a) < trunksKey(b) ? -1 : 1))) {
    const rows = group.trunks.flatMap((trunk) => {
      const address = isAddress(trunk.host) ? trunk.host : addresses.get(trunk.host)
      if (address !== undefined) return [rowOf(group, trunk, address)]
      const because = `the name ${trunk.host} has no address: correct address.host, or add the name to DNS`
      tables.unusable.push({ integration: trunksKey(group), trunk: trunk.name, because, since: group.epoch })
      return []
    })
    const { onStatusCodes, perTryMilliseconds } = group.failover
    const ids = rows.map(({ id }) => id)
    tables.groups.push({ domain: trunksDomain(group.integration), ids, onStatusCodes, perTryMilliseconds })
    tables.trunks.push(...rows)
  }
  return tables
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
    serverName: trunk.tls?.serverName ?? trunk.host,
    media: MEDIA.filter((media) => takesMedia(trunk, media)),
    maxCalls: trunk.maxCalls,
    callsPerSecond: trunk.callsPerSecond,
    probe: group.probe,
    holdSeconds: !isHeld ? 0 : mode === 'Manual' ? Infinity : holdSeconds,
    publishedAt: group.epoch,
  }
}

const bracketed = (host: string) => (host.includes(':') ? `[${host}]` : host)
