import { randomBytes } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import type { Grant } from '../../rules/address-grants.ts'
import { DEFAULT_EGRESS, type EgressPolicy } from '../../rules/egress.ts'
import { routeKey, type Route } from '../../rules/route.ts'
import { trunksKey, type TrunkGroup } from '../../rules/trunks.ts'
import type { SetPair } from '../plan/dispatcher-sets.ts'
import type { TlsProfile } from '../plan/trunk-credentials.ts'
import type { Line } from '../plan/tls-source-ports.ts'
import type { AcceptedItems } from '../plan/epoch-guard.ts'
import type { TrunkFiles } from '../render/tls-profiles.ts'
import { createCredentialCache, type CredentialCache } from './credential-cache.ts'
import { replaceFile } from './replace-file.ts'

/** What of the agent's knowledge outlives it: with the API server away, a new agent still knows which route is old. */
export interface AgentState {
  routes: AcceptedItems<Route>
  trunks: AcceptedItems<TrunkGroup>
  /** Of trunks, by host name, as they were looked up last. */
  addresses: ReadonlyMap<string, string>
  /** Which namespace has an address that nobody granted. */
  holders: ReadonlyMap<string, string>
  grants: readonly Grant[]
  egress: EgressPolicy
  /** The dispatcher sets of each bot. */
  sets: readonly SetPair[]
  /** Which connection to a trunk is of which TLS profile. */
  lines: readonly Line[]
  zone: string | undefined
}

/** The files that the proxy and a later agent read, in a folder that both containers of the pod share. */
export interface ProxyFiles {
  /** Puts a whole text in the place of what was there: nobody ever reads a half. True when it changed. */
  put(name: string, text: string): boolean
  read(name: string): string | undefined
  /**
   * Keeps what is there now beside it, until the proxy runs what takes its place; what is kept already stays.
   * @param first in place of what was never there
   */
  keepGood(name: string, first: string | undefined): void
  /** What was kept is in its place again. False: nothing was kept. */
  putBack(name: string): boolean
  /** The proxy runs what is there now. */
  dropGood(name: string): void
  /** Keeps exactly these profiles, in memory and readable for us alone; tells where. */
  writeProfiles(profiles: readonly TlsProfile[]): TrunkFiles[]
  /** In memory and readable for us alone. */
  credentials: CredentialCache
  /** Hexadecimal. It outlives both programs and never sees a disk. */
  readonly routeKey: string
  saveState(memory: AgentState): void
  loadState(): AgentState
}

const STATE_FILE = 'agent.json'
/** The one table that lies in memory: passwords see no disk. In its place among the others is a link to it. */
export const LOGIN_TABLE = 'tables/login'

/**
 * @param secretFolder in memory, never on a disk
 * @param routeKey that of all edges, for a pod that has none yet; absent: one of its own
 */
export function createFiles(folder: string, secretFolder: string, routeKey?: string): ProxyFiles {
  const read = (name: string) => {
    try {
      return readFileSync(join(folder, name), 'utf8')
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === 'ENOENT') return undefined
      throw error
    }
  }
  const secretTable = join(secretFolder, 'login.table')
  const pathOf = (name: string) => (name === LOGIN_TABLE ? secretTable : join(folder, name))
  link(secretTable, join(folder, LOGIN_TABLE))
  const modeOf = (name: string) => (name === LOGIN_TABLE ? 0o600 : 0o644)
  const put = (name: string, text: string) => {
    if (read(name) === text) return false
    const path = pathOf(name)
    replaceFile(path, text, modeOf(name), (temporary) => makeNewer(temporary, path))
    return true
  }
  const goodOf = (name: string) => `${pathOf(name)}.good`
  return {
    put,
    read,
    keepGood(name, first) {
      if (existsSync(goodOf(name))) return
      const now = read(name) ?? first
      if (now !== undefined) replaceFile(goodOf(name), now, modeOf(name))
    },
    putBack(name) {
      if (!existsSync(goodOf(name))) return false
      put(name, readFileSync(goodOf(name), 'utf8'))
      rmSync(goodOf(name))
      return true
    },
    dropGood: (name) => rmSync(goodOf(name), { force: true }),
    credentials: createCredentialCache(secretFolder),
    writeProfiles: (profiles) => writeProfiles(join(secretFolder, 'trunks'), profiles),
    routeKey: keptRouteKey(join(secretFolder, 'route.key'), routeKey),
    saveState: ({ routes, trunks, addresses, holders, ...rest }) =>
      void put(
        STATE_FILE,
        JSON.stringify({
          ...rest,
          routes: savedItems(routes),
          trunks: savedItems(trunks),
          addresses: [...addresses],
          holders: [...holders],
        }),
      ),
    loadState: () => parseState(read(STATE_FILE)),
  }
}

/** As long as the pod lives: the proxy has calls that were signed with it. */
function keptRouteKey(path: string, routeKey = randomBytes(32).toString('hex')): string {
  if (!existsSync(path)) replaceFile(path, routeKey, 0o600)
  return readFileSync(path, 'utf8')
}

function link(target: string, path: string): void {
  mkdirSync(dirname(path), { recursive: true })
  rmSync(path, { force: true })
  symlinkSync(target, path)
}

function writeProfiles(folder: string, profiles: readonly TlsProfile[]): TrunkFiles[] {
  mkdirSync(folder, { recursive: true, mode: 0o700 })
  const wanted = new Set(profiles.map(({ id }) => id))
  for (const id of readdirSync(folder)) if (!wanted.has(id)) rmSync(join(folder, id), { recursive: true })
  return [...new Map(profiles.map((profile) => [profile.id, profile])).values()].map(
    ({ id, serverName, identity, ca }) => {
      const own = join(folder, id)
      const texts = { 'tls.crt': identity?.cert, 'tls.key': identity?.key, 'ca.crt': ca }
      mkdirSync(own, { recursive: true, mode: 0o700 })
      for (const [name, text] of Object.entries(texts))
        if (text !== undefined) writeFileSync(join(own, name), text, { mode: 0o600 })
      return {
        id,
        serverName,
        identityFolder: identity && own,
        ca: ca && join(own, 'ca.crt'),
      }
    },
  )
}

/**
 * Kamailio's db_text takes a table that changed twice within a second for unchanged: it compares times of whole seconds. So
 * each version is a second newer at least than the one before.
 */
function makeNewer(path: string, than: string): void {
  const before = statSync(than, { throwIfNoEntry: false })?.mtimeMs
  if (before === undefined) return
  const seconds = Math.max(Math.floor(statSync(path).mtimeMs / 1000), Math.floor(before / 1000) + 1)
  utimesSync(path, seconds, seconds)
}

/** What is held, as JSON has it. */
interface SavedItems<T> {
  items: T[]
  epochs: [string, number][]
}

const savedItems = <T>({ items, epochs }: AcceptedItems<T>): SavedItems<T> => ({
  items: [...items.values()],
  epochs: [...epochs],
})

const restoredItems = <T>({ items, epochs }: SavedItems<T>, keyOf: (item: T) => string): AcceptedItems<T> => ({
  items: new Map(items.map((item) => [keyOf(item), item])),
  epochs: new Map(epochs),
})

function parseState(text: string | undefined): AgentState {
  const nothing = { items: [], epochs: [] }
  const { zone, routes, trunks, addresses, holders, grants, egress, sets, lines } = JSON.parse(text ?? '{}') as {
    zone?: string
    routes?: SavedItems<Route>
    trunks?: SavedItems<TrunkGroup>
    addresses?: [string, string][]
    holders?: [string, string][]
    grants?: Grant[]
    egress?: EgressPolicy
    sets?: SetPair[]
    lines?: Line[]
  }
  return {
    routes: restoredItems(routes ?? nothing, routeKey),
    trunks: restoredItems(trunks ?? nothing, trunksKey),
    addresses: new Map(addresses),
    holders: new Map(holders),
    grants: grants ?? [],
    egress: egress ?? DEFAULT_EGRESS,
    sets: sets ?? [],
    lines: lines ?? [],
    zone,
  }
}
