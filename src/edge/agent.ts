import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import type { Grant } from '../rules/address-grants.ts'
import { routeKey, type Route } from '../rules/route.ts'
import { trunksKey, type TrunkGroup } from '../rules/trunks.ts'
import { LOGIN_TABLE, type Files, type Memory } from './apply/proxy-files.ts'
import { PARTS, type Part, type Proxy } from './apply/proxy-control.ts'
import { endpointsByService, type CachedSlice } from './observe/endpoint-slices.ts'
import type { Secrets } from './plan/secret-values.ts'
import { accept, newestEpoch } from './plan/epoch-guard.ts'
import { clearLines, type Line } from './plan/tls-source-ports.ts'
import { planTables } from './plan/route-tables.ts'
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
export interface Seen {
  routes: readonly Route[]
  trunks: readonly TrunkGroup[]
  /** Of trunks, by host name. */
  addresses: ReadonlyMap<string, string>
  /** Of clients, for their trunks. */
  secrets: Secrets
  /** Undefined: not known (yet). */
  grants: readonly Grant[] | undefined
  slices: Iterable<CachedSlice>
  /** Undefined: not known (yet). */
  zone: string | undefined
}

export interface Agent {
  /** Whether the proxy can start: all files are there. */
  hasTables(): boolean
  /** A certificate changed under an unchanged tls.cfg: it has to be read anew. */
  certificatesChanged(): void
  /** Brings the proxy to what is seen, or, with the API server away (undefined), to what was seen last. One at a time. */
  cycle(seen: Seen | undefined): Promise<void>
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
  files: Files
  proxy: Proxy
  tls: () => TlsProfiles
  log: Log
  clock: Clock
  /** How many TLS profiles one address of a trunk may have. */
  mostLines: number
  /** How many routes and groups of trunks are refused from now on for being old. */
  onRefused: (count: number) => void
  /** The proxy runs this tls.cfg. */
  onTold: (text: string) => void
}): Agent {
  const { files, proxy } = o
  let memory = files.recall()
  /** Written and not yet loaded. A proxy that was started since has read them all, and loading twice does no harm. */
  const due = new Set<Part>(PARTS)
  const put = (part: Part, text: string) => {
    if (files.put(FILES[part], text)) due.add(part)
  }
  // Trunks come when their Secrets are read. What was loaded with them before stays until then.
  if (files.read(FILES.tls) === undefined) put('tls', renderTls(o.tls()))

  const tellRefused = refusalTeller(o)
  let kept = files.credentials.read()
  const plan = (secrets: Secrets) =>
    planTrunks(memory.trunks.items.values(), { ...memory, secrets, kept, mostLines: o.mostLines, now: o.clock.wall() })
  let trunks = plan(new Map())

  async function write(seen: Seen): Promise<void> {
    const taken = takeIn(memory, seen)
    tellRefused(taken.refused.bots, taken.refused.integrations)
    memory = taken.memory
    const tables = planTables(memory.routes.items.values(), endpointsByService(seen.slices), memory.zone ?? '')
    trunks = plan(seen.secrets)
    memory = { ...memory, holders: trunks.holders, lines: trunks.lines }
    files.remember(memory)
    files.credentials.write((kept = trunks.kept))
    put('tls', renderTls(o.tls(), files.keepProfiles(trunks.trunks.flatMap(({ tls }) => tls ?? []))))
    put('peer', renderPeers(tables))
    // The state of each pod is worth asking for only when the list is to be loaded anew.
    if (podsOf(renderDispatcher(tables, new Set())) !== podsOf(files.read(FILES.dispatcher))) {
      const silent = (await proxy.pods()).filter(({ isActive }) => !isActive).map(({ uri }) => uri)
      put('dispatcher', renderDispatcher(tables, new Set(silent)))
    }
    put('login', renderLogins(trunks, files.routeKey))
    put('trunk', renderTrunks(trunks))
    put('route', renderRoutes(tables, newestEpoch(memory.routes)))
  }

  return {
    hasTables: () => PARTS.every((part) => files.read(FILES[part]) !== undefined),
    certificatesChanged: () => void due.add('tls'),
    async cycle(seen) {
      if (seen !== undefined) await write(seen)
      await loadDue(due, o)
      if (due.size > 0) return
      const lines = await clearIdleLines(proxy, memory.lines, o.clock.wall())
      if (lines.length < memory.lines.length) files.remember((memory = { ...memory, lines }))
    },
    isBehind: () => due.size > 0,
    wanted: () => ({ epoch: newestEpoch(memory.routes), routes: memory.routes.items.size }),
    trunks: () => trunks,
    zone: () => memory.zone ?? '',
  }
}

/** Has the proxy load what is due, in order. What fails, and what needs it, is left for the next cycle. */
async function loadDue(due: Set<Part>, o: Pick<Parameters<typeof createAgent>[0], 'files' | 'proxy' | 'onTold'>) {
  for (const part of PARTS) {
    if (!due.has(part)) continue
    const text = o.files.read(FILES[part])
    if (await o.proxy.reload(part, digestOf(text))) {
      due.delete(part)
      if (part === 'tls') o.onTold(text ?? '')
    } else if (part !== 'tls') return
  }
}

/** Has the proxy, which runs nothing any more that needs them, close what idle lines have open; those that are left. */
async function clearIdleLines(proxy: Proxy, lines: readonly Line[], now: number): Promise<readonly Line[]> {
  if (lines.every(({ idleSince }) => idleSince === undefined)) return lines
  const open = await proxy.connections()
  if (open === undefined) return lines
  const { close, left } = clearLines(lines, open, now)
  await proxy.close(close)
  return left
}

/** What is known with what is seen now. */
function takeIn(before: Memory, seen: Seen) {
  const routes = accept(before.routes, seen.routes, routeKey)
  const groups = accept(before.trunks, seen.trunks, trunksKey)
  const memory: Memory = {
    ...before,
    routes: routes.held,
    trunks: groups.held,
    // A name that can't be looked up now is still where it was.
    addresses: new Map([...before.addresses, ...seen.addresses]),
    grants: seen.grants ?? before.grants,
    zone: seen.zone ?? before.zone,
  }
  return { memory, refused: { bots: routes.refused, integrations: groups.refused } }
}

/** Tells once of each set of what is refused. */
function refusalTeller(o: { log: Log; onRefused: (count: number) => void }) {
  let told = ''
  return (bots: readonly string[], integrations: readonly string[]) => {
    const now = [...bots, ...integrations.map((key) => `trunks of ${key}`)].join()
    if (told === (told = now)) return
    o.onRefused(bots.length + integrations.length)
    if (now !== '') o.log.warn({ bots, integrations }, 'routes and trunks older than what is known are refused')
  }
}

/** A dispatcher list without the states of the pods. */
const podsOf = (list: string | undefined) => list?.replace(/ \d+ 0$/gm, '')
