import type { GroupRow, InboundRow, TrunkRow, TrunkTables } from '../plan/trunk-tables.ts'
import { shareProbes } from '../plan/probe-shares.ts'
import type { TrunkNumbers } from '../../rules/trunks.ts'
import { row, table } from './route-tables.ts'

/** Longer than any call or edge lives, and within the 31 bits of Kamailio's numbers: who is held this long waits for a person. */
const FOREVER_SECONDS = 1_000_000_000

/** Of a domain or of a trunk's id: the same in the lane of a drill, which only calls that a drill marks see. */
export const inLane = (key: string) => `${key}~d`

/**
 * The table of trunks: an Integration by its domain, from where its namespace's trunks call in, a trunk by its id, who may be at
 * an address, the lanes of drills, and for the proxy's rounds the ids and the domains by number.
 * @param spared numbers that no drill has to do with, by the domain of the Integration
 */
export function renderTrunks(
  { groups, trunks, inbound }: Pick<TrunkTables, 'groups' | 'trunks' | 'inbound'>,
  spared: (domain: string) => readonly string[],
): string {
  const times = probeTimesOf(trunks)
  const valuesOf = (trunk: TrunkRow) => ({ ...trunkValues(trunk), ...times.get(trunk.id)! })
  return table([
    ...groups.map((group) => row(group.domain, parameters(groupValues(group)))),
    ...groups.flatMap(({ domain, userAgent }) => (userAgent === undefined ? [] : [row(`${domain}::agent`, userAgent)])),
    ...inbound.flatMap(sourceRows),
    ...trunks.map((trunk) => row(trunk.id, parameters(valuesOf(trunk)))),
    ...[...new Set(trunks.map(hopRow))].sort(),
    ...[...new Set(trunks.map(({ hop }) => row(hop.replace(/:\d+$/, ''), 'trunk')))].sort(),
    ...groups.flatMap(laneRows(trunks, spared)),
    row('@count', String(trunks.length)),
    ...trunks.map(({ id }, index) => row(`@${index}`, id)),
    row('@groups', String(groups.length)),
    ...groups.map(({ domain }, index) => row(`@g${index}`, domain)),
  ])
}

/**
 * Who we are to trunks that ask: ID::user, ID::pass, ID::realm and ID::md5. A secret text.
 * @param routeKey with which the proxy signs the routes of calls
 */
export function renderLogins({ trunks }: Pick<TrunkTables, 'trunks'>, routeKey: string): string {
  return table([
    row('@key', routeKey),
    ...trunks.flatMap(({ id, login }) => {
      if (login === undefined) return []
      const { username, password, realm, takesMd5 } = login
      const rows = [
        row(`${id}::user`, username),
        row(`${id}::pass`, password),
        row(`${id}::md5`, takesMd5 ? 'yes' : 'no'),
      ]
      return realm === undefined ? rows : [...rows, row(`${id}::realm`, realm)]
    }),
  ])
}

const groupValues = (group: GroupRow) => ({
  order: group.ids.join('/'),
  count: group.ids.length,
  codes: group.onStatusCodes.join('/'),
  try: group.perTryMilliseconds,
  who: group.callerNumber,
})

const trunkValues = ({ probe, claim, ...trunk }: TrunkRow) => ({
  hop: trunk.hop,
  via: trunk.transport,
  ...(trunk.tls && { tls: trunk.tls.id, name: trunk.tls.serverName.toLowerCase(), line: trunk.line! }),
  host: trunk.authority,
  media: trunk.media.join('/'),
  space: claim.namespace,
  ...(trunk.numbers && numberValues(trunk.numbers)),
  calls: trunk.maxCalls,
  rate: trunk.callsPerSecond,
  hold: Math.min(trunk.holdSeconds, FOREVER_SECONDS),
  every: probe.intervalSeconds * 1000,
  first: 0,
  within: probe.timeoutMilliseconds,
  down: probe.downAfter,
  up: probe.upAfter,
})

/** How often the proxy probes each trunk, by its id. */
export const probeTimesOf = (trunks: readonly TrunkRow[]) => shareProbes(trunks.map(probed))

const probed = ({ id, claim, probe }: TrunkRow) => {
  return { id, namespace: claim.namespace, intervalSeconds: probe.intervalSeconds }
}

const INTERNATIONAL = { Plus: 'plus', DoubleZero: '00', Digits: 'none' } as const

/** `abroad`: what stands in the place of the plus. `home`: the country code that `lead` replaces, which may be no digit at all. */
const numberValues = ({ international, national }: TrunkNumbers) => ({
  abroad: INTERNATIONAL[international],
  ...(national && { home: national.countryCode }),
  ...(national && national.prefix !== '' && { lead: national.prefix }),
})

/** Not among the numbered rows: the proxy probes lanes only for as long as they have a lease. */
const laneRows = (trunks: readonly TrunkRow[], spared: (domain: string) => readonly string[]) => {
  const byId = new Map(trunks.map((trunk) => [trunk.id, trunk]))
  return (group: GroupRow) => [
    row(
      inLane(group.domain),
      parameters({
        ...groupValues({ ...group, ids: group.ids.map(inLane) }),
        spared: sparedText(spared(group.domain)),
      }),
    ),
    ...group.ids.map((id) => {
      const trunk = byId.get(id)!
      return row(
        inLane(id),
        parameters({ ...trunkValues(trunk), lane: group.domain, side: trunk.role, called: trunk.name }),
      )
    }),
  ]
}

/** So many CIDRs are in one row: a namespace may have more than one row can hold. */
const SOURCES = 25

/** in:NAMESPACE/PROTOCOL -> how many rows follow; the same with /0, /1 ... -> CIDRs. */
function sourceRows({ namespace, transport, sources }: InboundRow): string[] {
  const key = `in:${namespace}/${transport}`
  const rows = Array.from({ length: Math.ceil(sources.length / SOURCES) }, (_, index) =>
    row(`${key}/${index}`, sources.slice(index * SOURCES, (index + 1) * SOURCES).join(',')),
  )
  return [row(key, String(rows.length)), ...rows]
}

/** More numbers than this, and no drill has to do with any: a row is no list of a thousand. */
const MOST_SPARED = 100
const sparedText = (numbers: readonly string[]) => (numbers.length > MOST_SPARED ? '*' : numbers.join('/'))

/** From whom an answer is believed. */
const hopRow = ({ transport, hop }: TrunkRow) => row(`${transport}:${hop}`, '-')

/** A comma would end a value: lists in it have slashes. */
const parameters = (values: Record<string, string | number>) =>
  Object.entries(values)
    .map(([name, value]) => `${name}=${value}`)
    .join(';')
