import { defined } from '../../lib/defined.ts'
import { bracketed } from '../../lib/ip-address.ts'
import type { HeldSince } from '../../rules/held-addresses.ts'
import { credentialsKey, credentialsOf, type Parts, type TlsProfile } from './trunk-credentials.ts'
import { addressKey, decideClaims, type Claim, type ClaimFacts, type Claims } from './address-claims.ts'
import { judgeTrunk, type TrunkEgress } from './trunk-egress.ts'
import { allocateLines, type Line } from './tls-source-ports.ts'
import { createCertificateQuota, type CertificateQuota } from './certificate-quota.ts'
import type { Login, Secrets } from './secret-values.ts'
import { fingerprint } from '../../lib/canonical.ts'
import {
  takesMedia,
  trunksDomain,
  trunksKey,
  type OfferedMedia,
  type Trunk,
  type TrunkGroup,
  type TrunkNumbers,
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
  lines: Line[]
  /** Which namespace has an address that nobody granted by itself or by a range. */
  holders: Map<string, string>
}

/** The trunks of an Integration that are in the tables. @param domain see `trunksDomain` */
export function trunksIn({ groups, trunks }: Pick<TrunkTables, 'groups' | 'trunks'>, domain: string): TrunkRow[] {
  const ids = groups.find((group) => group.domain === domain)?.ids ?? []
  return trunks.filter(({ id }) => ids.includes(id))
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
  role: Trunk['role']
  /** ADDRESS:PORT, IPv6 in brackets. */
  hop: string
  transport: 'tls' | 'tcp' | 'udp'
  /** What it is called in the Request-URI. */
  authority: string
  /** With transport tls. */
  tls?: TlsProfile
  /** The port of ours that marks the connection. Absent: it has no profile of its own. */
  line?: number
  claim: Claim
  login?: Login
  /** Why its Secrets are not used as they are now; with the cure. */
  refused?: string
  /** Why its address is not called where the administrator enforces the egress policy; with the cure. */
  noted?: string
  media: OfferedMedia[]
  /** Absent: with the plus. */
  numbers?: TrunkNumbers
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
  /** The address that it names, and that is its namespace's while it can't be called. Absent: it names none that is. */
  claim?: Claim
}

const MEDIA: readonly OfferedMedia[] = ['Secure', 'Plain']

/** Whether a trunk's host is an address, which needs no DNS. The API takes nothing else with a colon or of figures alone. */
export const isAddress = (host: string) => host.includes(':') || /^[\d.]+$/.test(host)

/** What is known beside the groups themselves. */
export interface TrunkFacts extends ClaimFacts, TrunkEgress {
  secrets: Secrets
  /** By `credentialsKey`, what was used last. */
  kept: ReadonlyMap<string, Parts>
  /** TLS connections as they were allotted last. */
  lines: readonly Line[]
  /** How many TLS profiles one address may have. */
  mostLines: number
  /** Epoch milliseconds. */
  now: number
}

export function planTrunks(published: Iterable<TrunkGroup>, facts: TrunkFacts): TrunkTables {
  const groups = [...published].sort((a, b) => (trunksKey(a) < trunksKey(b) ? -1 : 1))
  const kept = new Map<string, Parts>()
  const room = roomLeft(groups, facts.kept)
  const tried = groups.map((group) => ({
    group,
    rows: group.trunks.map((trunk) => tryRow(group, trunk, facts, { kept, room })),
  }))
  const rows = tried.flatMap((each) => each.rows).filter(isUsable)
  const claims = decideClaims(
    tried.flatMap((each) => each.rows).flatMap(({ claim }) => claim ?? []),
    facts,
  )
  const wanted = rows.flatMap(({ hop, tls, claim }) =>
    tls === undefined || claims.refusal(claim) !== undefined
      ? []
      : [{ hop, profile: tls.id, namespace: claim.namespace }],
  )
  const lines = allocateLines(facts.lines, wanted, { most: facts.mostLines, now: facts.now })
  const tables: TrunkTables = {
    ...{ groups: [], trunks: [], inbound: inboundOf(groups), unusable: [] },
    ...{ kept, lines, holders: claims.holders },
  }
  for (const { group, rows: own } of tried) {
    const settled = own.map((row) => (isUsable(row) ? settle(row, claims, lines) : withClaimOf(row, claims)))
    const usable = settled.filter(isUsable)
    tables.groups.push(groupRow(group, usable))
    tables.trunks.push(...usable)
    tables.unusable.push(...settled.filter((row) => 'because' in row))
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
  const found = groups.flatMap(({ integration: { namespace }, trunks }) =>
    trunks.flatMap(({ transport, inboundSources = [] }) =>
      inboundSources.map((source) => ({ namespace, transport: wireNameOf(transport), source })),
    ),
  )
  const together = Map.groupBy(found, ({ namespace, transport }) => `${namespace}/${transport}`)
  return [...together.values()].map((rows) => {
    const { namespace, transport } = rows[0]!
    return { namespace, transport, sources: [...new Set(rows.map(({ source }) => source))].sort() }
  })
}

const isUsable = (row: TrunkRow | UnusableTrunk): row is TrunkRow => !('because' in row)

/** The address stays its own while its Secret is broken, unless it is another namespace's. */
const withClaimOf = ({ claim, ...row }: UnusableTrunk, claims: Claims): UnusableTrunk =>
  claim === undefined || claims.refusal(claim) !== undefined ? row : { ...row, claim }

/** Whether its client may call it, and by which line. */
function settle(row: TrunkRow, claims: Claims, lines: readonly Line[]): TrunkRow | UnusableTrunk {
  const unusable = (because: string, claim?: Claim): UnusableTrunk => {
    return { integration: row.integration, trunk: row.name, because, since: row.publishedAt, ...(claim && { claim }) }
  }
  const refusal = claims.refusal(row.claim)
  if (refusal !== undefined) return unusable(`${row.claim.host}: ${refusal}`)
  if (row.tls === undefined) return row
  const line = lines.find(({ hop, profile }) => hop === row.hop && profile === row.tls!.id)
  if (line === undefined)
    return unusable(
      `${row.claim.host} is called with more certificates, authorities or server names than the edges support for one address, ` +
        'which are 3 for a namespace: use the same ones, or ask for a larger edge.trunkIdentitiesPerAddress of the chart',
      row.claim,
    )
  return { ...row, line: line.port }
}

/** What was used last has its room before anything new. */
function roomLeft(groups: readonly TrunkGroup[], kept: TrunkFacts['kept']): CertificateQuota {
  const room = createCertificateQuota()
  for (const group of groups) {
    const had = group.trunks.flatMap(({ name }) => kept.get(credentialsKey(group, name)) ?? [])
    for (const parts of had) room.reserve(group.integration.namespace, parts)
  }
  return room
}

const FULL =
  "the certificates of this namespace's trunks would take more than 256 KiB: name the same Secrets, or smaller ones"

/** @param kept gets what is good of the trunk's credentials, whatever else may be wrong with it */
function tryRow(
  group: TrunkGroup,
  trunk: Trunk,
  facts: TrunkFacts,
  { kept, room }: { kept: Map<string, Parts>; room: CertificateQuota },
): TrunkRow | UnusableTrunk {
  const { secrets, kept: before, now } = facts
  const { namespace } = group.integration
  const place = placeOf(group, trunk, facts)
  const unusable = (because: string): UnusableTrunk => {
    const claim = 'because' in place ? {} : { claim: place.claim }
    return { integration: trunksKey(group), trunk: trunk.name, because, since: group.epoch, ...claim }
  }
  const key = credentialsKey(group, trunk.name)
  const had = before.get(key)
  let found = credentialsOf(namespace, trunk, { secrets, kept: had, now })
  if ('because' in found) return unusable(found.because)
  if (!room.tryReserve(namespace, found.parts)) {
    found = credentialsOf(namespace, trunk, { secrets: new Map(), kept: had, now })
    if ('because' in found) return unusable(FULL)
    found = { ...found, refused: `${FULL}; until then the last valid ones are used` }
  }
  const { parts, ...credentials } = found
  kept.set(key, parts)
  if ('because' in place) return unusable(place.because)
  return { ...rowOf(group, trunk, place.claim.called), ...place, ...credentials }
}

/** Where a trunk is called, and what its namespace claims by that. */
function placeOf(
  { integration: { namespace }, epoch }: TrunkGroup,
  { host, since = epoch, held = {} }: Trunk,
  facts: TrunkFacts,
): { claim: Claim; noted?: string } | { because: string } {
  const address = isAddress(host) ? host : (facts.addresses.get(host) ?? lastHeld(held))
  if (address === undefined)
    return { because: `the name ${host} has no address: correct address.host, or add the name to the DNS` }
  const claimed = addressKey(address)
  if (claimed === undefined) return { because: `${host} is not the address of a host: correct address.host` }
  const { refused, ...judged } = judgeTrunk({ address, host, namespace }, facts)
  if (refused !== undefined) return { because: refused }
  const [, heldSince] = Object.entries(held).find(([text]) => addressKey(text) === claimed) ?? []
  return { claim: { namespace, address: claimed, host, called: address, since, ...defined({ heldSince }) }, ...judged }
}

/** Where other edges called it last: a name that this edge has not looked up yet, or can't, is still there. */
const lastHeld = (held: HeldSince): string | undefined =>
  Object.entries(held).reduce<[string, number] | undefined>(
    (last, each) => (last === undefined || each[1] > last[1] ? each : last),
    undefined,
  )?.[0]

function rowOf(group: TrunkGroup, trunk: Trunk, address: string): Omit<TrunkRow, 'claim'> {
  const hop = `${bracketed(address)}:${trunk.port}`
  const { mode, holdSeconds } = group.failover.failback
  const isHeld = trunk.role === 'Primary' && group.failbackTo !== trunk.name
  return {
    id: fingerprint([trunksKey(group), trunk.name, hop, trunk.transport]),
    integration: trunksKey(group),
    name: trunk.name,
    role: trunk.role,
    hop,
    transport: wireNameOf(trunk.transport),
    authority: `${bracketed(trunk.host)}:${trunk.port}`,
    media: MEDIA.filter((media) => takesMedia(trunk, media)),
    ...(trunk.numbers && { numbers: trunk.numbers }),
    maxCalls: trunk.maxCalls,
    callsPerSecond: trunk.callsPerSecond,
    probe: group.probe,
    holdSeconds: !isHeld ? 0 : mode === 'Manual' ? Infinity : holdSeconds,
    publishedAt: group.epoch,
  }
}

/** As SIP URIs and the proxy's tables write it. */
const wireNameOf = (transport: Trunk['transport']) => transport.toLowerCase() as TrunkRow['transport']
