import { expect } from 'chai'
import type { Peer } from '../../../../src/telephony/call.ts'
import { createEdges } from '../../../../src/voice/transfer/known-edges.ts'
import { FakeClock } from '../../../harness/fake-clock.ts'

const EDGE = 'callbot-edge.callbot-system.svc'
const peer = (address: string, change: Partial<Peer> = {}): Peer => ({
  ...{ transport: 'TLS', address, port: 40_000, names: [EDGE] },
  ...change,
})

describe('the ways out of a pod', () => {
  const open = () => {
    const clock = new FakeClock()
    const edges = createEdges({ names: [EDGE], port: 5071, plain: undefined, clock })
    return { clock, edges, hosts: (from: Peer) => edges.hops(from).map(({ host }) => host) }
  }

  it('begin with the edge that the call came by, whether it was heard before or not; then the one that was heard last', () => {
    const { edges, hosts } = open()
    for (const address of ['10.0.0.1', '10.0.0.2', '10.0.0.3', '10.0.0.1']) edges.note(peer(address))
    expect(hosts(peer('10.0.0.2'))).to.deep.equal(['10.0.0.2', '10.0.0.1', '10.0.0.3'])
    expect(hosts(peer('10.0.0.9'))).to.deep.equal(['10.0.0.9', '10.0.0.1', '10.0.0.3', '10.0.0.2'])
  })

  it('are edges by their certificates: nobody else is a way out', () => {
    const { edges, hosts } = open()
    edges.note(peer('10.0.0.1', { names: ['callbot-operator.callbot-system.svc'] }))
    edges.note(peer('10.0.0.2', { transport: 'UDP' }))
    expect(hosts(peer('10.0.0.3'))).to.deep.equal(['10.0.0.3'])
  })

  it('leave out an edge that has been silent for half a minute', async () => {
    const { clock, edges, hosts } = open()
    edges.note(peer('10.0.0.1'))
    await clock.pass(20_000)
    edges.note(peer('10.0.0.2'))
    await clock.pass(15_000)
    expect(hosts(peer('10.0.0.3'))).to.deep.equal(['10.0.0.3', '10.0.0.2'])
  })

  it('are for a call that has one: its own edge while that is heard, another one 2 s after it fell silent, and nothing in between', async () => {
    const { clock, edges } = open()
    const [own, other] = ['10.0.0.1', '10.0.0.2']
    const probed = async (seconds: number, ...by: string[]) => {
      for (let at = 0; at < seconds; at++) {
        for (const address of by) edges.note(peer(address))
        await clock.pass(1_000)
      }
    }
    expect(edges.serving(own), 'nobody was heard').to.equal(own)
    await probed(3, own, other)
    expect(edges.serving(own)).to.equal(own)
    await probed(1, other)
    expect(edges.serving(own), 'one probe may be late').to.equal(undefined)
    await probed(1, other)
    expect(edges.serving(own)).to.equal(other)
    edges.note(peer(own))
    expect(edges.serving(own), 'heard again').to.equal(own)
  })

  it('are not changed for a pod that hears no edge: it is cut off, not they', async () => {
    const { clock, edges } = open()
    for (const address of ['10.0.0.1', '10.0.0.2']) edges.note(peer(address))
    await clock.pass(20_000)
    expect(edges.serving('10.0.0.1')).to.equal(undefined)
    expect(edges.serving('10.0.0.2')).to.equal(undefined)
  })

  it('lead to the port for pods, over TLS', () => {
    const { edges } = open()
    expect(edges.hops(peer('10.0.0.1'))).to.deep.equal([{ transport: 'TLS', host: '10.0.0.1', port: 5071 }])
  })
})
