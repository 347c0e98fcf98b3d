/** The agent of an edge as `src/edge/agent.ts` wires it, with files in memory and a proxy that loads whatever it is given. */
import { DEFAULT_EGRESS } from '../../src/rules/egress.ts'
import { createAgent, type Agent, type ClusterState } from '../../src/edge/agent.ts'
import { LOGIN_TABLE, type AgentState, type ProxyFiles } from '../../src/edge/apply/proxy-files.ts'
import type { Part, Proxy, Reloaded } from '../../src/edge/apply/proxy-control.ts'
import { nothingAccepted } from '../../src/edge/plan/epoch-guard.ts'
import type { Parts, TlsProfile } from '../../src/edge/plan/trunk-credentials.ts'
import { silent } from '../../src/runtime/log.ts'
import { FakeClock } from './fake-clock.ts'

/** What lies there for the proxy after a cycle. */
export interface Rendered {
  route: string
  trunk: string
  login: string
  peer: string
  dispatcher: string
  tls: string
  /** Certificates, keys and authorities of trunks, by the id of the profile. */
  profiles: ReadonlyMap<string, TlsProfile>
  unusable: ReturnType<Agent['trunks']>['unusable']
}

/** @returns what one cycle after the other renders */
export async function renderedBy(states: readonly ClusterState[]): Promise<Rendered[]> {
  let profiles = new Map<string, TlsProfile>()
  const { agent, read } = agentInMemory({
    onProfiles: (all) => (profiles = new Map(all.map((one) => [one.id, one]))),
    reload: () => 'Loaded',
  })
  const rendered: Rendered[] = []
  for (const state of states) {
    await agent.cycle(state)
    rendered.push({
      ...{ route: read('tables/route'), trunk: read('tables/trunk'), peer: read('tables/peer') },
      ...{ login: read(LOGIN_TABLE), dispatcher: read('dispatcher.list'), tls: read('tls.cfg') },
      ...{ profiles, unusable: agent.trunks().unusable },
    })
  }
  return rendered
}

/** An agent, and what lies in its files. @param o.reload what the proxy answers when it is to load a part again */
export function agentInMemory(o: {
  reload: (part: Part) => Reloaded
  onProfiles?: (profiles: readonly TlsProfile[]) => void
}): { agent: Agent; read: (name: string) => string } {
  const texts = new Map<string, string>()
  const proxy = {
    ...{ reload: (part: Part) => Promise.resolve(o.reload(part)), pods: () => Promise.resolve([]) },
    ...{ connections: () => Promise.resolve([]), close: () => Promise.resolve() },
    forgetAllBut: () => Promise.resolve(true),
  } as Pick<Proxy, 'reload' | 'pods' | 'connections' | 'close' | 'forgetAllBut'> as Proxy
  const agent = createAgent({
    ...{ files: inMemory(texts, o.onProfiles ?? (() => {})), proxy },
    tls: () => ({
      ...{ inside: '192.0.2.99:5071', insideFolder: '/inside', outside: { cert: '/tls.crt', key: '/tls.key' } },
      ...{ callers: undefined, cipherSuites: 'AEAD' as const },
    }),
    ...{ log: silent, clock: new FakeClock(), mostLines: 64, isOnLoopback: true },
    ...{ onRefused: () => {}, onTableRefused: () => {}, onLoaded: () => {} },
  })
  return { agent, read: (name) => texts.get(name) ?? '' }
}

function inMemory(texts: Map<string, string>, onProfiles: (profiles: readonly TlsProfile[]) => void): ProxyFiles {
  let [parts, state]: [ReadonlyMap<string, Parts>, AgentState] = [
    new Map(),
    {
      ...{ routes: nothingAccepted(), trunks: nothingAccepted(), addresses: new Map(), holders: new Map() },
      ...{ grants: [], egress: DEFAULT_EGRESS, sets: [], lines: [], zone: undefined },
    },
  ]
  const goods = new Map<string, string | undefined>()
  return {
    put: (name, text) => texts.get(name) !== texts.set(name, text).get(name),
    read: (name) => texts.get(name),
    keepGood: (name, first) => void goods.set(name, goods.get(name) ?? texts.get(name) ?? first),
    putBack(name) {
      const good = goods.get(name)
      if (good !== undefined) texts.set(name, good)
      return good !== undefined && goods.delete(name)
    },
    dropGood: (name) => void goods.delete(name),
    writeProfiles(profiles) {
      onProfiles(profiles)
      return [...new Map(profiles.map((one) => [one.id, one])).values()].map(({ id, serverName, identity, ca }) => {
        return { id, serverName, identityFolder: identity && `/${id}`, ca: ca && `/${id}/ca.crt` }
      })
    },
    credentials: { write: (all) => void (parts = all), read: () => new Map(parts) },
    routeKey: '00',
    saveState: (memory) => void (state = memory),
    loadState: () => state,
  }
}
