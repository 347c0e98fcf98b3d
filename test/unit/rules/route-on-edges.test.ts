import { expect } from 'chai'
import fc from 'fast-check'
import { epochToAskFor, routeOnEdges, type ObservedEdge } from '../../../src/rules/route-on-edges.ts'
import { NOON } from '../../harness/builders.ts'

const EPOCH = 7
const PUBLISHED = { epoch: EPOCH, numbers: ['+33199000001'] }
const heard = (edge: string): fc.Arbitrary<ObservedEdge> =>
  fc.record({
    edge: fc.constant(edge),
    silentSince: fc.constantFrom(undefined, NOON),
    epoch: fc.constantFrom(undefined, EPOCH - 1, EPOCH, EPOCH + 1),
  })
const edges = fc
  .subarray(['edge-a', 'edge-b', 'edge-c', 'edge-d'])
  .chain((names) => fc.tuple(...names.map(heard))) as fc.Arbitrary<ObservedEdge[]>
const world = fc.oneof(edges, fc.constant('NoEdges' as const), fc.constant(undefined))
const runsIt = ({ epoch = -1 }: ObservedEdge) => epoch >= EPOCH

describe('a route on the edges', () => {
  it('runs when all edges that answer have reported its epoch or a newer one, and at least one has', () => {
    fc.assert(
      fc.property(edges, (all) => {
        const { state } = routeOnEdges(PUBLISHED, all, undefined)
        const isMissed = all.some((edge) => edge.silentSince === undefined && !runsIt(edge))
        expect(state).to.equal(isMissed ? 'Waiting' : all.some(runsIt) ? 'Runs' : 'Silent')
      }),
    )
  })

  it('names each edge that does not answer and has not reported', () => {
    fc.assert(
      fc.property(edges, (all) => {
        const found = routeOnEdges(PUBLISHED, all, undefined)
        const silent = 'run' in found ? (found.run.silent ?? []) : 'silent' in found ? found.silent : []
        const expected = all.filter((edge) => edge.silentSince !== undefined && !runsIt(edge))
        expect(silent.map(({ edge }) => edge)).to.deep.equal(expected.map(({ edge }) => edge))
      }),
    )
  })

  it('once settled stays settled, whatever edges come, go, fall silent or tell', () => {
    fc.assert(
      fc.property(edges, fc.array(world), (first, later) => {
        let found = routeOnEdges(PUBLISHED, first, undefined)
        fc.pre(found.state === 'Runs')
        let before = 'run' in found ? found.run : undefined
        for (const now of later) {
          found = routeOnEdges(PUBLISHED, now, before)
          expect(found.state).to.equal('Runs')
          const run = 'run' in found ? found.run : undefined
          expect(run!.silent?.length ?? 0, 'no further edge is missed').to.be.at.most(before!.silent?.length ?? 0)
          if (before!.silent === undefined) expect(run, 'nothing is written').to.equal(before)
          before = run
        }
      }),
    )
  })

  it('is asked for until it is settled and no edge is missed', () => {
    fc.assert(
      fc.property(edges, (all) => {
        const found = routeOnEdges(PUBLISHED, all, undefined)
        const isDone = 'run' in found && found.run.silent === undefined
        expect(epochToAskFor(EPOCH, 'run' in found ? found.run : undefined)).to.equal(isDone ? undefined : EPOCH)
      }),
    )
  })

  it('is settled by an edge that comes back and tells: then all run it', () => {
    const away: ObservedEdge = { edge: 'edge-b', silentSince: NOON, epoch: undefined }
    const there: ObservedEdge = { edge: 'edge-a', silentSince: undefined, epoch: EPOCH }
    const first = routeOnEdges(PUBLISHED, [there, away], undefined)
    const run = { ...PUBLISHED, edges: 1, silent: [{ edge: 'edge-b', since: new Date(NOON).toISOString() }] }
    expect(first).to.deep.equal({ state: 'Runs', run })
    const back = { ...away, silentSince: undefined }
    expect(routeOnEdges(PUBLISHED, [there, back], run), 'it has not told yet').to.deep.equal({ state: 'Runs', run })
    const all = { state: 'Runs', run: { ...PUBLISHED, edges: 2 } }
    expect(routeOnEdges(PUBLISHED, [there, { ...back, epoch: EPOCH }], run)).to.deep.equal(all)
    expect(routeOnEdges(PUBLISHED, [there], run), 'or it is gone').to.deep.equal({
      state: 'Runs',
      run: { ...PUBLISHED, edges: 1 },
    })
  })

  it('is settled again for each epoch', () => {
    const waiting: ObservedEdge[] = [{ edge: 'edge-a', silentSince: undefined, epoch: EPOCH - 1 }]
    const older = { epoch: EPOCH - 1, numbers: [], edges: 1 }
    expect(routeOnEdges(PUBLISHED, waiting, older).state).to.equal('Waiting')
    expect(routeOnEdges(PUBLISHED, 'NoEdges', older).state).to.equal('NoEdges')
    expect(routeOnEdges(PUBLISHED, undefined, older).state).to.equal('Unasked')
  })
})
