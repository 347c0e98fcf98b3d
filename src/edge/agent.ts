import { named } from '../runtime/log-fields.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Grant } from '../rules/address-grants.ts'
import type { EgressPolicy } from '../rules/egress.ts'
import { routeKey, serviceName, type Route } from '../rules/route.ts'
import { trunksKey, type TrunkGroup } from '../rules/trunks.ts'
import { LOGIN_TABLE, type ProxyFiles, type AgentState } from './apply/proxy-files.ts'
import { PARTS, type Part, type Proxy } from './apply/proxy-control.ts'
import { createTriedTables, type TriedTables } from './apply/tried-tables.ts'
import { type CachedSlice } from './observe/endpoint-slices.ts'
import { endpointsByService } from './plan/endpoints-by-service.ts'
import type { Secrets } from './plan/secret-values.ts'
import { giveSets, type SetPair } from './plan/dispatcher-sets.ts'
import { accept, newestEpoch } from './plan/epoch-guard.ts'
import { releaseIdleLines, type Line } from './plan/tls-source-ports.ts'
import { LEAVING, planTables, type Tables } from './plan/route-tables.ts'
import { sparedNumbers } from './plan/spared-numbers.ts'
import { planTrunks, type TrunkTables } from './plan/trunk-tables.ts'
import { renderDispatcher, renderPeers, renderRoutes, setsIn, table } from './render/route-tables.ts'
import { renderTls, type TlsProfiles } from './render/tls-profiles.ts'
import { renderLogins, renderTrunks } from './render/trunk-tables.ts'

/** Where each part lies in the shared folder; kamailio.cfg names the same. */
const FILES: Record<Part, string> = {
  tls: 'tls.cfg',
  peer: 'tables/peer',
  dispatcher: 'dispatcher.list',
  login: LOGIN_TABLE,
  trunk: 'tables/trunk',
  route: 'tables/route',
}

/** What the cluster says now. */
export interface ClusterState {
  routes: readonly Route[]
  trunks: readonly TrunkGroup[]
  /** Of trunks, by host name. */
  addresses: ReadonlyMap<string, string>
  /** Of clients, for their trunks. */
  secrets: Secrets
  /** Undefined: not known (yet). */
  grants: readonly Grant[] | undefined
  /** Undefined: not known (yet). */
  egress: EgressPolicy | undefined
  slices: Iterable<CachedSlice>
  /** Addresses in our own namespace from which an administrator calls to test. */
  testCallers: readonly string[]
  /** Undefined: not known (yet). */
  zone: string | undefined
}

export interface Agent {
  /** Whether the proxy can start: all files are there. */
  hasTables(): boolean
  /** A certificate changed under an unchanged tls.cfg: it has to be read again. */
  certificatesChanged(): void
  /** Brings the proxy to what is seen, or, with the API server away (undefined), to what was seen last. One at a time. */
  cycle(seen: ClusterState | undefined): Promise<void>
  /** Something is written that the proxy has not loaded yet. */
  isBehind(): boolean
  /** What the agent wants the proxy to run. */
  wanted(): { epoch: number; routes: number }
  /** The routes that it wants the proxy to run. */
  routes(): Iterable<Route>
  /** The trunks that it wants the proxy to know. */
  trunks(): TrunkTables
  zone(): string
}

interface AgentOptions {
  files: ProxyFiles
  proxy: Proxy
  tls: () => TlsProfiles
  log: Log
  clock: Clock
  /** How many TLS profiles one address of a trunk may have. */
  mostLines: number
  /** Its own address is on loopback: see `Asker`. */
  isOnLoopback: boolean
  /** How many routes and groups of trunks are refused from now on for being old. */
  onRefused: (count: number) => void
  /** The parts whose newest text the proxy does not run, since it refuses it. */
  onTableRefused: (parts: readonly Part[]) => void
  /** The proxy runs this tls.cfg. */
  onLoaded: (text: string) => void
}

/** Turns what is seen into the proxy's files and has it load them. Survives the proxy's absence and its own restart. */
export function createAgent(o: AgentOptions): Agent {
  const { files, proxy } = o
  let state = files.loadState()
  const lists = createTriedTables({
    ...{ files, proxy, log: o.log, clock: o.clock, names: FILES, first: firstTexts(files.routeKey) },
    onLoaded: (part, text) => part === 'tls' && o.onLoaded(text),
    onRefused: o.onTableRefused,
  })
  // Trunks come when their Secrets are read. What was loaded with them before stays until then.
  if (lists.read('tls') === undefined) lists.put('tls', () => renderTls(o.tls()))

  const logRefused = createRefusalLog(o)
  let kept = files.credentials.read()
  const plan = (secrets: Secrets) =>
    planTrunks(state.trunks.items.values(), {
      ...{ ...state, secrets, kept, now: o.clock.wall() },
      ...{ mostLines: o.mostLines, isOnLoopback: o.isOnLoopback },
    })
  let trunks = plan(new Map())
  /** The ids, domains and names of bots beside which the proxy has nothing left. */
  let cleared = ''
  let tables: Tables | undefined

  async function write(seen: ClusterState): Promise<void> {
    const taken = acceptState(state, seen)
    logRefused(taken.refused.bots, taken.refused.integrations)
    state = taken.memory
    state = { ...state, sets: giveSets(state.sets, [...state.routes.items.values()].map(routeKey), o.clock.wall()) }
    const facts = { endpoints: endpointsByService(seen.slices), sets: state.sets, ownZone: state.zone ?? '' }
    const planned = planTables(state.routes.items.values(), facts)
    tables = planned
    trunks = plan(seen.secrets)
    state = { ...state, holders: trunks.holders, lines: trunks.lines }
    files.saveState(state)
    files.credentials.write((kept = trunks.kept))
    const profiles = files.writeProfiles(trunks.trunks.flatMap(({ tls }) => tls ?? []))
    lists.put('tls', () => renderTls(o.tls(), profiles))
    lists.put('peer', () => renderPeers(planned, seen.testCallers))
    await putPods(lists, proxy, { sets: [...planned.sets, ...setsLeft(lists.read('dispatcher'), state.sets)] })
    lists.put('login', () => renderLogins(trunks, files.routeKey))
    lists.put('trunk', () => renderTrunks(trunks, sparedNumbers(state.routes.items.values())))
    lists.put('route', () => renderRoutes(planned, newestEpoch(state.routes)))
  }

  return {
    hasTables: () => PARTS.every((part) => lists.read(part) !== undefined),
    certificatesChanged: () => lists.readAgain('tls'),
    async cycle(seen) {
      if (seen !== undefined) await write(seen)
      if (!(await loadAll(lists, proxy, tables))) return
      const lines = await closeIdleLines(proxy, state.lines, o.clock.wall())
      if (lines.length < state.lines.length) files.saveState((state = { ...state, lines }))
      const bots = [...state.routes.items.values()].map(serviceName)
      const known = [...trunks.trunks.map(({ id }) => id), ...trunks.groups.map(({ domain }) => domain), ...bots]
      if (cleared !== known.join()) cleared = (await proxy.forgetAllBut(new Set(known))) ? known.join() : ''
    },
    isBehind: () => lists.isBehind(),
    wanted: () => ({ epoch: newestEpoch(state.routes), routes: state.routes.items.size }),
    routes: () => state.routes.items.values(),
    trunks: () => trunks,
    zone: () => state.zone ?? '',
  }
}

/** Has the proxy load what is due, and then drop the sets of bots that are gone, which no route names any more. False: something is left. */
async function loadAll(lists: TriedTables, proxy: Proxy, tables: Tables | undefined): Promise<boolean> {
  await lists.load()
  if (lists.isBehind() || tables === undefined) return !lists.isBehind()
  await putPods(lists, proxy, tables)
  if (lists.isBehind()) await lists.load()
  return !lists.isBehind()
}

/** Has the proxy, which runs nothing any more that needs them, close what idle lines have open; those that are left. */
async function closeIdleLines(proxy: Proxy, lines: readonly Line[], now: number): Promise<readonly Line[]> {
  if (lines.every(({ idleSince }) => idleSince === undefined)) return lines
  const open = await proxy.connections()
  if (open === undefined) return lines
  const { close, left } = releaseIdleLines(lines, open, now)
  await proxy.close(close)
  return left
}

/** What a proxy starts with where nothing was loaded yet. No epoch is in it, so that the edge is not ready. */
const firstTexts = (routeKey: string): Partial<Record<Part, string>> => ({
  peer: table([]),
  dispatcher: renderDispatcher({ sets: [] }, new Set()),
  login: renderLogins({ trunks: [] }, routeKey),
  trunk: table([]),
  route: table([]),
})

/** What is known with what is seen now. */
function acceptState(before: AgentState, seen: ClusterState) {
  const routes = accept(before.routes, seen.routes, routeKey)
  const groups = accept(before.trunks, seen.trunks, trunksKey)
  const state: AgentState = {
    ...before,
    routes: routes.accepted,
    trunks: groups.accepted,
    // A name that can't be looked up now is still where it was.
    addresses: new Map([...before.addresses, ...seen.addresses]),
    grants: seen.grants ?? before.grants,
    egress: seen.egress ?? before.egress,
    zone: seen.zone ?? before.zone,
  }
  return { memory: state, refused: { bots: routes.refused, integrations: groups.refused } }
}

/** Tells once of each set of what is refused. */
function createRefusalLog(o: { log: Log; onRefused: (count: number) => void }) {
  let logged = ''
  return (bots: readonly string[], integrations: readonly string[]) => {
    const now = [...bots, ...integrations.map((key) => `trunks of ${key}`)].join()
    if (logged === (logged = now)) return
    o.onRefused(bots.length + integrations.length)
    if (now !== '')
      o.log.warn(
        { bots: bots.map(named), integrations: integrations.map(named) },
        'routes and trunks that are older than the known ones are rejected',
      )
  }
}

/** The state of each pod is worth asking for only when the list is to be loaded again. */
async function putPods(lists: TriedTables, proxy: Proxy, tables: Pick<Tables, 'sets'>): Promise<void> {
  if (podsOf(renderDispatcher(tables, new Set())) === podsOf(lists.read('dispatcher'))) return
  const silent = (await proxy.pods()).filter(({ isActive }) => !isActive).map(({ uri }) => uri)
  lists.put('dispatcher', () => renderDispatcher(tables, new Set(silent)))
}

/** What a dispatcher list has of bots that are gone: it stays until the proxy runs a route table that does not name it. */
function setsLeft(list: string | undefined, pairs: readonly SetPair[]): Tables['sets'] {
  const present = pairs.flatMap(({ id, goneAt }) => (goneAt === undefined ? [id, id + 1] : []))
  return setsIn(list ?? '').filter(({ id }) => id !== LEAVING && !present.includes(id))
}

/** A dispatcher list without the states of the pods. */
const podsOf = (list: string | undefined) => list?.replace(/ \d+ 0$/gm, '')
