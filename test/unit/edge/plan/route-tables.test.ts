import { expect } from 'chai'
import fc from 'fast-check'
import { giveSets } from '../../../../src/edge/plan/dispatcher-sets.ts'
import { LEAVING, planTables, type Endpoint } from '../../../../src/edge/plan/route-tables.ts'
import { routeKey, type FallbackCause, type Route } from '../../../../src/rules/route.ts'

const name = fc.constantFrom('a', 'b', 'c', 'd')
const endpoint: fc.Arbitrary<Endpoint> = fc.record({
  address: fc.ipV4(),
  zone: fc.constantFrom('zone-a', 'zone-b', undefined),
  ready: fc.boolean(),
  terminating: fc.boolean(),
})
const world = fc.record({
  bots: fc.uniqueArray(name, { maxLength: 4 }),
  pods: fc.dictionary(name, fc.uniqueArray(endpoint, { maxLength: 5, selector: ({ address }) => address })),
})
const routes = (bots: readonly string[]): Route[] =>
  bots.map((bot, index) => ({
    callbot: { namespace: 'ns', name: bot, uid: bot },
    epoch: index,
    numbers: [`+3310${index}`],
    service: { name: bot, port: 5061, transport: 'TLS' },
    integrations: [],
  }))
const tablesOf = (all: readonly Route[], endpoints: ReadonlyMap<string, readonly Endpoint[]>) =>
  planTables(all, { endpoints, sets: giveSets([], all.map(routeKey), 0), ownZone: 'zone-a' })
const plan = ({ bots, pods }: { bots: string[]; pods: Record<string, Endpoint[]> }) =>
  tablesOf(routes(bots), new Map(Object.entries(pods).map(([bot, list]) => [`ns/${bot}`, list])))

describe('the tables of an edge', () => {
  it("send a number to its own bot's pods and to no other", () => {
    fc.assert(
      fc.property(world, ({ bots, pods }) => {
        const { sets, numbers } = plan({ bots, pods })
        for (const { near, far, name: service } of numbers) {
          const own = (pods[service.split('.')[0]!] ?? []).map(({ address }) => `${address}:5061`)
          for (const { id, pods: chosen } of sets) {
            if (id === near || id === far) expect(own).to.include.members(chosen)
          }
        }
      }),
    )
  })

  it('call a person for a number without a free pod where the bot wants that, and nobody where it does not', () => {
    const helped = (causes: FallbackCause[]) => {
      const [route] = routes(['a'])
      const fallback = { number: '+33199000099', integration: 'pbx', causes }
      const { numbers } = tablesOf([{ ...route!, fallback }], new Map())
      return numbers.map(({ help }) => help?.number)
    }
    expect(helped(['BotFailure', 'NoCapacity'])).to.deep.equal(['+33199000099'])
    expect(helped(['BotFailure', 'Silence', 'CallerWish'])).to.deep.equal([undefined])
  })

  it('never offer a pod that is on its way out, and offer some pod whenever one stays', () => {
    fc.assert(
      fc.property(world, ({ bots, pods }) => {
        const { sets, numbers } = plan({ bots, pods })
        for (const { near, far, name: service } of numbers) {
          const all = pods[service.split('.')[0]!] ?? []
          const staying = all.filter(({ terminating }) => !terminating).map(({ address }) => `${address}:5061`)
          const offered = sets.filter(({ id }) => id === near || id === far).flatMap((set) => set.pods)
          expect(staying).to.include.members(offered)
          expect(offered.length > 0).to.equal(staying.length > 0)
        }
      }),
    )
  })

  it('have every pod probed, also one that leaves: a caller who hangs up must reach it', () => {
    fc.assert(
      fc.property(world, ({ bots, pods }) => {
        const { sets, peers } = plan({ bots, pods })
        const probed = sets.flatMap((set) => set.pods)
        expect(probed).to.include.members(peers.map(({ hop }) => hop))
        const chosen = sets.filter(({ id }) => id !== LEAVING).flatMap((set) => set.pods)
        for (const hop of sets.find(({ id }) => id === LEAVING)?.pods ?? []) expect(chosen).not.to.include(hop)
      }),
    )
  })

  it('know every pod that may still carry a call, and what it must prove', () => {
    fc.assert(
      fc.property(world, ({ bots, pods }) => {
        const { peers } = plan({ bots, pods })
        for (const bot of bots)
          for (const { address } of pods[bot] ?? [])
            expect(peers.find(({ hop }) => hop === `${address}:5061`)?.names).to.include(`${bot}.ns.svc`)
      }),
    )
  })

  it('are the same whatever order routes come in', () => {
    fc.assert(
      fc.property(world, ({ bots, pods }) => {
        const endpoints = new Map(Object.entries(pods).map(([bot, list]) => [`ns/${bot}`, list]))
        const there = tablesOf(routes(bots), endpoints)
        expect(tablesOf(routes(bots).reverse(), endpoints)).to.deep.equal(there)
      }),
    )
  })
})
