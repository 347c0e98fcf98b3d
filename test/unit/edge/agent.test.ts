import { expect } from 'chai'
import fc from 'fast-check'
import type { ClusterState } from '../../../src/edge/agent.ts'
import type { Part } from '../../../src/edge/apply/proxy-control.ts'
import { agentInMemory } from '../../harness/edge-in-memory.ts'
import { readSets, readTable } from '../../harness/proxy-tables.ts'

const BOTS = ['a', 'b', 'c', 'd']
const NUMBERS = ['+33100000001', '+33100000002', '+33100000003']

/** Who has which number. */
type Holders = readonly (string | undefined)[]

function seenOf(holders: Holders, epoch: number): ClusterState {
  const bots = BOTS.filter((bot) => holders.includes(bot))
  return {
    routes: bots.map((name) => ({
      callbot: { namespace: 'lilas', name, uid: 'u' },
      epoch,
      numbers: NUMBERS.filter((_, index) => holders[index] === name),
      service: { name, port: 5061, transport: 'TLS' },
      integrations: [],
    })),
    slices: bots.map((name) => ({
      ...{ namespace: 'lilas', name: `${name}-1`, uid: 's', resourceVersion: '1', serviceKey: `lilas/${name}` },
      endpoints: ['zone-a', 'zone-b'].map((zone, index) => {
        return { address: `10.0.${index}.${BOTS.indexOf(name) + 1}`, zone, ready: true, terminating: false }
      }),
    })),
    ...{
      trunks: [],
      addresses: new Map(),
      secrets: new Map(),
      grants: [],
      egress: undefined,
      testCallers: [],
      zone: 'zone-a',
    },
  }
}

describe('the agent of an edge', () => {
  const holders = fc.tuple(...NUMBERS.map(() => fc.constantFrom(...BOTS, undefined)))
  const cycle = fc.record({ holders, refused: fc.subarray(['route'] as Part[]) })

  it('has no number lead to a bot whose pods are gone, whatever comes, moves, goes and is not loaded', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(cycle, { minLength: 2, maxLength: 8 }), async (cycles) => {
        const runs = { route: '', dispatcher: '' }
        let refused: readonly Part[] = []
        const { agent, read } = agentInMemory({
          reload(part) {
            if (refused.includes(part)) return 'Refused'
            if (part === 'route') runs.route = read('tables/route')
            if (part === 'dispatcher') runs.dispatcher = read('dispatcher.list')
            const sets = readSets(runs.dispatcher)
            for (const [number, value] of readTable(runs.route))
              for (const [, set] of value.matchAll(/(?:near|far)=(\d+)/g))
                expect(sets.get(set!), `${number} after ${part}`).to.have.length(1)
            return 'Loaded'
          },
        })
        for (const [nth, one] of cycles.entries()) {
          refused = one.refused
          await agent.cycle(seenOf(one.holders, nth + 1))
        }
        refused = []
        const last = cycles.at(-1)!.holders
        for (let more = 0; more < 3; more++) await agent.cycle(seenOf([...last].reverse(), cycles.length + 1 + more))
        const bots = BOTS.filter((bot) => last.includes(bot))
        const pods = bots.flatMap((bot) =>
          [0, 1].map((index) => `sip:10.0.${index}.${BOTS.indexOf(bot) + 1}:5061;transport=tls`),
        )
        expect([...readSets(runs.dispatcher).values()].flat().sort()).to.deep.equal(pods.sort())
        expect(agent.isBehind()).to.equal(false)
      }),
      { numRuns: 200 },
    )
  })
})
