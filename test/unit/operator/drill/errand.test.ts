import { expect } from 'chai'
import { NO_LIMIT } from '../../../../src/rules/drill/order.ts'
import { NO_REAL_CALLS } from '../../../../src/rules/drill/real-calls.ts'
import { DrilledEdges, UID } from '../../../harness/drilled-edges.ts'
import { anIntegration, anIntegrationSpec, someSurroundings, TRUNKS } from '../../../harness/integration-worlds.ts'

describe('the errand of a drill', () => {
  it('tries the backup alone, then the primary in a lane of its own, before any fault', async () => {
    const all = new DrilledEdges()
    all.enter('Baseline')
    expect(await all.round('Baseline')).to.deep.equal(['Disconnect Primary'])
    expect(await all.round('Baseline')).to.deep.equal(['Disconnect Primary'])
    expect(all.calls.map(({ pod, order }) => `${pod} ${order.to} ${order.from} ${order.edge}`)).to.deep.equal([
      'one 4000 +33199000001 10.0.0.a',
      'two 4000 +33199000001 10.0.0.b',
    ])
    expect(all.calls[0]!.order.headers).to.deep.equal({ 'X-Callbot-Drill': UID })
    all.endCalls('AsExpected', 'lyon')
    await all.round('Baseline')
    expect(await all.round('Baseline')).to.deep.equal(['end', 'None Primary'])
    all.active = 'paris'
    expect(await all.round('Baseline')).to.deep.equal(['None Primary'])
    expect(all.calls).to.have.lengthOf(4)
  })

  it('places no call before the lane would use the route that is to be tried', async () => {
    const all = new DrilledEdges()
    all.active = 'paris'
    all.enter('Baseline')
    for (let round = 0; round < 4; round++) await all.round('Baseline')
    expect(all.calls).to.deep.equal([])
  })

  it('simulates the fault for as long as the state says so, and measures when each edge has detected it', async () => {
    const all = new DrilledEdges()
    all.enter('Injected')
    expect(await all.round('Injected')).to.deep.equal(['Blackhole Primary'])
    await all.round('Injected')
    all.paris = 'Down'
    await all.round('Injected')
    const lanes = all.memory.recall(UID)!.lanes
    expect(lanes.map(({ zone, lane, detectedAfter }) => `${zone} ${lane} ${detectedAfter}`)).to.deep.equal([
      'zone-a Down 1000',
      'zone-b Down 1000',
    ])
    expect(all.calls, 'a call of each zone does not wait until the fault is known').to.have.lengthOf(2)
    all.paris = 'Up'
    expect(await all.round('Restoring')).to.deep.equal(['None Primary'])
  })

  it('orders no lease that outlives the leadership, and none without one', async () => {
    const all = new DrilledEdges()
    all.enter('Injected')
    all.leadsFor = 1_234
    await all.round('Injected')
    expect(all.ttls).to.deep.equal([1_234, 1_234])
    all.leadsFor = 0
    expect(await all.round('Injected')).to.deep.equal([])
    expect(await all.round('Injected', { term: undefined })).to.deep.equal(['end'])
  })

  for (const [what, changes] of [
    ['another leader began it', { term: 2 }],
    ['its leader has forgotten it', { remembered: undefined }],
    ['the kill switch is on', { surroundings: someSurroundings({ killSwitch: 'On' }) }],
    ['the kill switch is missing', { surroundings: someSurroundings({ killSwitch: 'Missing' }) }],
  ] as const)
    it(`ends what edges have when ${what}, before that is written anywhere`, async () => {
      const all = new DrilledEdges()
      all.enter('Holding')
      await all.round('Holding')
      expect(await all.round('Holding', changes)).to.deep.equal(['end'])
      expect(await all.round('Holding', changes)).to.deep.equal([])
    })

  it('gives each edge its part of the real calls in state Holding, the same one again and again, and none before or after', async () => {
    const all = new DrilledEdges()
    all.what = { mode: 'Share', sharePercent: 20, limits: { realCalls: 5 } }
    all.enter('Detected')
    await all.round('Detected')
    expect(all.shares).to.deep.equal({ 'edge-a': '0 % 0', 'edge-b': '0 % 0' })
    for (let round = 0; round < 2; round++) {
      await all.round('Holding')
      expect(all.shares).to.deep.equal({ 'edge-a': '20 % 3', 'edge-b': '20 % 2' })
    }
    await all.round('Restoring')
    expect(Object.values(all.shares).map((share) => share.split(' ')[0])).to.deep.equal(['0', '0'])
  })

  it('sets no bound to the real calls of an edge where the drill has none', async () => {
    const all = new DrilledEdges()
    all.what = { mode: 'Full' }
    all.enter('Holding')
    await all.round('Holding')
    expect(all.shares).to.deep.equal({ 'edge-a': `100 % ${NO_LIMIT}`, 'edge-b': `100 % ${NO_LIMIT}` })
  })

  it('sums the real calls of all edges', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    all.drilled = {
      'edge-a': { ...NO_REAL_CALLS, met: 4, answered: 3, rescued: 1 },
      'edge-b': { ...NO_REAL_CALLS, met: 2, spared: 1 },
    }
    await all.round('Holding')
    expect(all.memory.recall(UID)!.real).to.deep.equal({ ...NO_REAL_CALLS, met: 6, answered: 3, rescued: 1, spared: 1 })
  })

  it('ends what edges have when the drill is gone', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    await all.round('Holding')
    expect(await all.round(undefined)).to.deep.equal(['end'])
    expect(await all.round(undefined)).to.deep.equal([])
  })

  it('counts a call by the trunk that the edge names, and not one that failed for a reason of ours', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    const rounds = async (count: number) => {
      for (let round = 0; round < count; round++) await all.round('Holding')
    }
    await rounds(2)
    all.endCalls('AsExpected', 'lyon')
    await rounds(1)
    all.view = { state: 'Running' }
    await rounds(2)
    all.endCalls('Bug')
    await rounds(1)
    all.view = { state: 'Running' }
    await rounds(2)
    all.endCalls('OtherSound', 'lyon')
    await rounds(1)
    const { calls, problems } = all.memory.recall(UID)!
    expect(calls.map(({ zone, route, good }) => `${zone} ${route} ${good}`)).to.deep.equal([
      'zone-a Backup true',
      'zone-b Backup true',
      'zone-a Backup false',
      'zone-b Backup false',
    ])
    expect(problems).to.deep.equal([
      'a test call of zone-a by the edge edge-a and lyon in state Holding: OtherSound',
      'a test call of zone-b by the edge edge-b and lyon in state Holding: OtherSound',
    ])
  })

  it('fails where another trunk than the primary and the first backup has answered: that backup was not tried', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    await all.round('Holding')
    all.endCalls('AsExpected', 'nice')
    for (let round = 0; round < 2; round++) await all.round('Holding')
    const { calls, problems } = all.memory.recall(UID)!
    expect(calls.map(({ zone, route, good }) => `${zone} ${route} ${good}`)).to.include.members([
      'zone-a Other false',
      'zone-b Other false',
    ])
    expect(problems[0]).to.equal(
      'a test call of zone-a by the edge edge-a and nice in state Holding: OtherPart, for lyon is the first backup',
    )
  })

  it('dials the test number as the Integration says, from the number of a bot unless it names another', async () => {
    const orderOf = async (testCall: object) => {
      const all = new DrilledEdges()
      all.enter('Injected')
      const sip = { trunks: TRUNKS, testCall: { to: '4000', ...testCall } }
      await all.round('Injected', { integration: anIntegration(anIntegrationSpec({ sip })) })
      const { to, from, expect: expected, maxSeconds } = all.calls[0]!.order
      return [to, from, expected, maxSeconds].join(' ')
    }
    expect(await orderOf({})).to.equal('4000 +33199000001 Echo 10')
    expect(await orderOf({ from: '+33199000098', expect: 'Tone', maxSeconds: 7 })).to.equal('4000 +33199000098 Tone 7')
  })

  it('places no call more than the state asks for', async () => {
    const all = new DrilledEdges()
    all.enter('Injected')
    await all.round('Injected')
    await all.round('Injected')
    all.endCalls('AsExpected', 'lyon')
    for (let round = 0; round < 4; round++) await all.round('Injected')
    expect(all.calls).to.have.lengthOf(2)
  })

  it('forgets a drill when it does not lead any more, so that it does not go on with it when it leads again', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    await all.round('Holding')
    await all.round('Holding', { term: undefined })
    expect(all.memory.recall(UID)).to.equal(undefined)
    expect(await all.round('Holding')).to.deep.equal([])
  })

  it('counts no failure of a call that may have met the end of a lease', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    await all.round('Holding')
    await all.round('Holding')
    all.loseLeases()
    await all.round('Holding')
    all.endCalls('Refused')
    await all.round('Holding')
    expect(all.calls.length).to.be.greaterThan(0)
    expect(all.memory.recall(UID)).to.deep.include({ calls: [], problems: [] })
  })

  it('asks the next pod when one takes no test call, and remembers why an edge refused', async () => {
    const all = new DrilledEdges()
    all.enter('Holding')
    all.isBusy = true
    for (let round = 0; round < 3; round++) await all.round('Holding')
    all.isBusy = false
    for (let round = 0; round < 3; round++) await all.round('Holding')
    expect(all.calls.map(({ pod }) => pod)).to.have.lengthOf(2)
    all.refusal = 'the drill uid-2 has the lane'
    await all.round('Holding')
    expect(all.memory.recall(UID)!.problems).to.include(
      'the edge edge-a refused an order: the drill uid-2 has the lane',
    )
  })
})
