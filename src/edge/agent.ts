import { named } from '../runtime/log-fields.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Grant } from '../rules/address-grants.ts'
import { routeKey, type Route } from '../rules/route.ts'
import { trunksKey, type TrunkGroup } from '../rules/trunks.ts'
import { LOGIN_TABLE, type ProxyFiles, type AgentState } from './apply/proxy-files.ts'
import { PARTS, type Part, type Proxy } from './apply/proxy-control.ts'
import { type CachedSlice } from './observe/endpoint-slices.ts'
import { endpointsByService } from './plan/endpoints-by-service.ts'
import type { Secrets } from './plan/secret-values.ts'
import { accept, newestEpoch } from './plan/epoch-guard.ts'
import { releaseIdleLines, type Line } from './plan/tls-source-ports.ts'
import { planTables } from './plan/route-tables.ts'
import { sparedNumbers } from './plan/spared-numbers.ts'
import { planTrunks, type TrunkTables } from './plan/trunk-tables.ts'
import { digestOf, renderDispatcher, renderPeers, renderRoutes } from './render/route-tables.ts'
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
  /** The trunks that it wants the proxy to know. */
  trunks(): TrunkTables
  zone(): string
}

/** Turns what is seen into the proxy's files and has it load them. Survives the proxy's absence and its own restart. */
export function createAgent(o: {
  files: ProxyFiles
  proxy: Proxy
  tls: () => TlsProfiles
  log: Log
  clock: Clock
  /** How many TLS profiles one address of a trunk may have. */
  mostLines: number
  /** How many routes and groups of trunks are refused from now on for being old. */
  onRefused: (count: number) => void
  /** The proxy runs this tls.cfg. */
  onLoaded: (text: string) => void
}): Agent {
  const { files, proxy } = o
  let state = files.loadState()
  /** Written and not yet loaded. A proxy that was started since has read them all, and loading twice does no harm. */
  const due = new Set<Part>(PARTS)
  const put = (part: Part, text: string) => {
    if (files.put(FILES[part], text)) due.add(part)
  }
  // Trunks come when their Secrets are read. What was loaded with them before stays until then.
  if (files.read(FILES.tls) === undefined) put('tls', renderTls(o.tls()))

  const logRefused = createRefusalLog(o)
  let kept = files.credentials.read()
  const plan = (secrets: Secrets) =>
    planTrunks(state.trunks.items.values(), { ...state, secrets, kept, mostLines: o.mostLines, now: o.clock.wall() })
  let trunks = plan(new Map())

  async function write(seen: ClusterState): Promise<void> {
    const taken = acceptState(state, seen)
    logRefused(taken.refused.bots, taken.refused.integrations)
    state = taken.memory
    const tables = planTables(state.routes.items.values(), endpointsByService(seen.slices), state.zone ?? '')
    trunks = plan(seen.secrets)
    state = { ...state, holders: trunks.holders, lines: trunks.lines }
    files.saveState(state)
    files.credentials.write((kept = trunks.kept))
    put('tls', renderTls(o.tls(), files.writeProfiles(trunks.trunks.flatMap(({ tls }) => tls ?? []))))
    put('peer', renderPeers(tables, seen.testCallers))
    // The state of each pod is worth asking for only when the list is to be loaded again.
    if (podsOf(renderDispatcher(tables, new Set())) !== podsOf(files.read(FILES.dispatcher))) {
      const silent = (await proxy.pods()).filter(({ isActive }) => !isActive).map(({ uri }) => uri)
      put('dispatcher', renderDispatcher(tables, new Set(silent)))
    }
    put('login', renderLogins(trunks, files.routeKey))
    put('trunk', renderTrunks(trunks, sparedNumbers(state.routes.items.values())))
    put('route', renderRoutes(tables, newestEpoch(state.routes)))
  }

  return {
    hasTables: () => PARTS.every((part) => files.read(FILES[part]) !== undefined),
    certificatesChanged: () => void due.add('tls'),
    async cycle(seen) {
      if (seen !== undefined) await write(seen)
      await reloadChanged(due, o)
      if (due.size > 0) return
      const lines = await closeIdleLines(proxy, state.lines, o.clock.wall())
      if (lines.length < state.lines.length) files.saveState((state = { ...state, lines }))
    },
    isBehind: () => due.size > 0,
    wanted: () => ({ epoch: newestEpoch(state.routes), routes: state.routes.items.size }),
    trunks: () => trunks,
    zone: () => state.zone ?? '',
  }
}

/** Has the proxy load what is due, in order. What fails, and what needs it, is left for the next cycle. */
async function reloadChanged(
  due: Set<Part>,
  o: Pick<Parameters<typeof createAgent>[0], 'files' | 'proxy' | 'onLoaded'>,
) {
  for (const part of PARTS) {
    if (!due.has(part)) continue
    const text = o.files.read(FILES[part])
    if (await o.proxy.reload(part, digestOf(text))) {
      due.delete(part)
      if (part === 'tls') o.onLoaded(text ?? '')
    } else if (part !== 'tls') return
  }
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

/** A dispatcher list without the states of the pods. */
const podsOf = (list: string | undefined) => list?.replace(/ \d+ 0$/gm, '')
