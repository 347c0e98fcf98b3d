import { expect } from 'chai'
import fc from 'fast-check'
import { planTrunks, type TrunkTables } from '../../../../src/edge/plan/trunk-tables.ts'
import type { Grant } from '../../../../src/rules/address-grants.ts'
import { heldAddresses, type HeldAddresses } from '../../../../src/rules/held-addresses.ts'
import { aTrunkGroup, trunkFacts } from '../../../harness/builders-trunks.ts'
import { extent } from '../../../harness/extent.ts'

const WORLDS = extent('ADDRESS_WORLDS', { short: 1_000, whole: 20_000 })
const SBC = '192.0.2.7'
const VICTIM = 'sbc.carrier.example'
const EVIL = ['evil.example', 'evil-too.example', SBC]

/** What the attacker does, and what happens to edges and operator meanwhile. */
type Action =
  | { do: 'lead'; name: number; here: boolean }
  | { do: 'publish'; host: number }
  | { do: 'grant'; name: number }
  | { do: 'replace' | 'look'; edge: number; whose: 'all' | 'attacker' }
  | { do: 'poll' | 'settle' }

interface Edge {
  holders: ReadonlyMap<string, string>
  /** Of names that it has looked up. */
  addresses: ReadonlyMap<string, string>
  tables?: TrunkTables
}

/** Two tenants, three edges, an operator, and a DNS in which the attacker has two names. */
function aWorld() {
  let now = 100
  const dns = new Map(EVIL.slice(0, 2).map((name) => [name, '198.51.100.1']))
  const published = new Map<string, { host: string; since: number; held: HeldAddresses }>()
  let grants: Grant[] = []
  const edges: Edge[] = [1, 2, 3].map(() => ({ holders: new Map(), addresses: new Map() }))
  const groups = () =>
    [...published].map(([namespace, { host, since, held }]) =>
      aTrunkGroup([{ host, since, ...(held[host] && { held: held[host] }) }], {
        integration: { namespace, name: 'standard', uid: namespace },
      }),
    )
  const cycle = () => {
    for (const edge of edges) {
      edge.tables = planTrunks(groups(), trunkFacts({ ...edge, grants }))
      edge.holders = edge.tables.holders
    }
  }
  const poll = () => {
    for (const [namespace, { host, since, held }] of published) {
      const rows = edges.flatMap(({ tables }) => [...tables!.trunks, ...tables!.unusable])
      const reports = rows
        .filter(({ integration }) => integration === `${namespace}/standard`)
        .map(({ claim }) => ({ trunk: 'main', ...(claim && { address: claim.called }) }))
      const next = heldAddresses(held, [{ name: 'main', host }], { reports, now })
      published.set(namespace, { host, since, held: next })
    }
  }
  const look = (edge: Edge, whose: 'all' | 'attacker') => {
    const found = [...dns].filter(([name]) => whose === 'all' || name !== VICTIM)
    edge.addresses = new Map([...edge.addresses, ...found])
  }
  const publish = (namespace: string, host: string) => {
    if (published.get(namespace)?.host !== host) published.set(namespace, { host, since: now, held: {} })
  }
  return {
    edges,
    dns,
    publish,
    act(action: Action) {
      now++
      if (action.do === 'lead') dns.set(EVIL[action.name % 2]!, action.here ? SBC : '198.51.100.1')
      if (action.do === 'publish') publish('mechant', EVIL[action.host]!)
      if (action.do === 'grant') grants = [{ address: EVIL[action.name % 2]!, namespaces: ['mechant'] }]
      if (action.do === 'replace') edges[action.edge] = { holders: new Map(), addresses: new Map() }
      if (action.do === 'settle') for (const edge of edges) look(edge, 'all')
      if (action.do === 'replace' || action.do === 'look') look(edges[action.edge]!, action.whose)
      cycle()
      if (action.do === 'poll' || action.do === 'settle') poll()
      cycle()
    },
  }
}

const whose = fc.constantFrom('all' as const, 'attacker' as const)
const someAction: fc.Arbitrary<Action> = fc.oneof(
  fc.record({ do: fc.constant('lead' as const), name: fc.nat(1), here: fc.boolean() }),
  fc.record({ do: fc.constant('publish' as const), host: fc.nat(2) }),
  fc.record({ do: fc.constant('grant' as const), name: fc.nat(1) }),
  fc.record({ do: fc.constantFrom('replace' as const, 'look' as const), edge: fc.nat(2), whose }),
  fc.record({ do: fc.constantFrom('poll' as const, 'settle' as const) }),
)

const callersOf = ({ tables }: Edge) =>
  tables!.trunks.filter(({ claim }) => claim.called === SBC).map(({ claim }) => claim.namespace)

describe('the address of a carrier over time', () => {
  it('stays with who calls it, whatever a neighbour names, publishes or had before, in whatever order edges are replaced', () => {
    const history = fc.record({
      before: fc.array(someAction, { maxLength: 8 }),
      after: fc.array(someAction, { minLength: 1, maxLength: 16 }),
    })
    fc.assert(
      fc.property(history, ({ before, after }) => {
        const world = aWorld()
        world.publish('mechant', EVIL[0]!)
        for (const action of before) world.act(action)
        // Until now the address may be the attacker's, who came first. Then it leaves.
        world.publish('mechant', EVIL[0]!)
        world.act({ do: 'lead', name: 0, here: false })
        world.act({ do: 'settle' })
        world.publish('lilas', VICTIM)
        world.dns.set(VICTIM, SBC)
        world.act({ do: 'settle' })
        for (const action of after) {
          world.act(action)
          for (const edge of world.edges) expect(callersOf(edge), JSON.stringify(action)).to.deep.equal(['lilas'])
        }
      }),
      { numRuns: WORLDS },
    )
  })
})
