/** The agent of an edge as `src/edge/agent.ts` wires it, with files in memory and a proxy that loads whatever it is given. */
import { createAgent, type Agent, type ClusterState } from '../../src/edge/agent.ts'
import { LOGIN_TABLE, type AgentState, type ProxyFiles } from '../../src/edge/apply/proxy-files.ts'
import type { Proxy } from '../../src/edge/apply/proxy-control.ts'
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
  const texts = new Map<string, string>()
  let profiles = new Map<string, TlsProfile>()
  const agent = createAgent({
    files: inMemory(texts, (all) => (profiles = new Map(all.map((one) => [one.id, one])))),
    proxy: willing,
    tls: () => ({
      ...{ inside: '192.0.2.99:5071', insideFolder: '/inside', outside: { cert: '/tls.crt', key: '/tls.key' } },
      ...{ callers: undefined, cipherSuites: 'AEAD' as const },
    }),
    ...{ log: silent, clock: new FakeClock(), mostLines: 64 },
    ...{ onRefused: () => {}, onTableRefused: () => {}, onLoaded: () => {} },
  })
  const rendered: Rendered[] = []
  for (const state of states) {
    await agent.cycle(state)
    rendered.push({
      ...{ route: texts.get('tables/route')!, trunk: texts.get('tables/trunk')!, peer: texts.get('tables/peer')! },
      ...{ login: texts.get(LOGIN_TABLE)!, dispatcher: texts.get('dispatcher.list')!, tls: texts.get('tls.cfg')! },
      ...{ profiles, unusable: agent.trunks().unusable },
    })
  }
  return rendered
}

const willing = {
  ...{ reload: () => Promise.resolve('Loaded'), pods: () => Promise.resolve([]) },
  ...{ connections: () => Promise.resolve([]), close: () => Promise.resolve() },
} as Pick<Proxy, 'reload' | 'pods' | 'connections' | 'close'> as Proxy

function inMemory(texts: Map<string, string>, onProfiles: (profiles: readonly TlsProfile[]) => void): ProxyFiles {
  let [parts, state]: [ReadonlyMap<string, Parts>, AgentState] = [
    new Map(),
    {
      ...{ routes: nothingAccepted(), trunks: nothingAccepted(), addresses: new Map(), holders: new Map() },
      ...{ grants: [], sets: [], lines: [], zone: undefined },
    },
  ]
  return {
    put: (name, text) => texts.get(name) !== texts.set(name, text).get(name),
    read: (name) => texts.get(name),
    ...{ keepGood: () => {}, putBack: () => false, dropGood: () => {} },
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
