import { expect } from 'chai'
import { stage, type Stage } from '../../../harness/sip-agents.ts'
import { RawCaller } from '../../../harness/sip-caller.ts'
import { sdp, valueOf } from '../../../harness/sip-network.ts'

describe('the way of our requests in a call', () => {
  let s: Stage
  let caller: RawCaller
  beforeEach(async () => {
    s = stage('UDP')
    await s.agent('bot')
    caller = new RawCaller(s.network)
  })
  const answered = async (extra: string[] = []) => {
    caller.invite(extra)
    await s.clock.pass(10)
    const accepting = s.calls[0]!.accept({ body: sdp('ours') })
    await s.clock.pass(10)
    caller.ack()
    await s.clock.pass(10)
    return (await accepting)!
  }

  it('is along the routes, loose ones as Route and to the target (RFC 3261 12.2.1.1)', async () => {
    const proxy = new RawCaller(s.network, 'p2')
    const dialog = await answered(['Record-Route: <sip:p2;lr>, <sip:p1;lr>'])
    void dialog.bye()
    await s.clock.pass(10)
    const [bye] = proxy.requests('BYE')
    expect(bye!.uri).to.equal('sip:caller@caller:5060')
    expect(bye!.headers.filter(({ id }) => id === 'route').map(({ value }) => value)).to.deep.equal([
      '<sip:p2;lr>',
      '<sip:p1;lr>',
    ])
    expect(valueOf(bye, 'From')).to.equal(`<sip:bot@bot>;tag=${dialog.localTag}`)
    expect(valueOf(bye, 'To')).to.equal('<sip:caller@caller>;tag=theirs')
  })

  it('leads by another host from when on the dialog is rerouted, with the same route otherwise, and on with the others', async () => {
    const other = new RawCaller(s.network, 'p9')
    const dialog = await answered(['Record-Route: <sip:p2;lr;way=x-_.>, <sip:p1;lr>'])
    expect(dialog.nextHost).to.equal('p2')
    dialog.reroute('p9')
    expect(dialog.nextHost).to.equal('p9')
    void dialog.bye()
    await s.clock.pass(10)
    const [bye] = other.requests('BYE')
    expect(bye!.headers.filter(({ id }) => id === 'route').map(({ value }) => value)).to.deep.equal([
      '<sip:p9;lr;way=x-_.>',
      '<sip:p1;lr>',
    ])
  })

  it('leads to the target alone, also when it is rerouted, if nobody stands between', async () => {
    const dialog = await answered()
    dialog.reroute('p9')
    expect(dialog.nextHost).to.equal('caller')
  })

  it('leads over a strict router too: its URI in the request line, the target last (RFC 3261 12.2.1.1)', async () => {
    const proxy = new RawCaller(s.network, 'p2')
    const dialog = await answered(['Record-Route: <sip:p2>, <sip:p1;lr>'])
    void dialog.bye()
    await s.clock.pass(10)
    const [bye] = proxy.requests('BYE')
    expect(bye!.uri).to.equal('sip:p2')
    expect(bye!.headers.filter(({ id }) => id === 'route').map(({ value }) => value)).to.deep.equal([
      '<sip:p1;lr>',
      '<sip:caller@caller:5060>',
    ])
  })

  it('is a new connection to the next hop when the old one broke', async () => {
    const over = stage('TCP')
    await over.agent('bot')
    const edge = new RawCaller(over.network, 'edge')
    edge.invite(['Record-Route: <sip:edge;transport=tcp;lr>'])
    await over.clock.pass(10)
    const accepting = over.calls[0]!.accept({ body: sdp() })
    await over.clock.pass(10)
    edge.ack()
    await over.clock.pass(10)
    over.network.cut('edge', 'bot')
    const dialog = (await accepting)!
    expect(dialog.isEnded).to.equal(false)
    void dialog.bye()
    await over.clock.pass(10)
    expect(edge.requests('BYE')).to.have.length(1)
    expect(over.network.held, 'connections that a dialog which is over keeps').to.equal(0)
  })

  it('stays on TLS if the call came over it, whatever transport the URIs of the other side name', async () => {
    const over = stage('TLS')
    await over.agent('bot')
    const edge = new RawCaller(over.network, 'edge')
    for (const [place, route] of ['<sip:edge;transport=udp;lr>', '<sip:edge:5070;transport=tcp;lr>'].entries()) {
      edge.callId = `call-${place}`
      edge.toTag = undefined
      edge.number = 1
      edge.invite([`Record-Route: ${route}`], { branch: `z9hG4bK${place}` })
      await over.clock.pass(10)
      const accepting = over.calls[place]!.accept({ body: sdp() })
      await over.clock.pass(10)
      edge.ack()
      await over.clock.pass(10)
      over.network.cut('edge', 'bot')
      void (await accepting)!.bye()
      await over.clock.pass(10)
    }
    expect(edge.requests('BYE')).to.have.length(2)
    expect(over.network.opened).to.deep.equal([
      { transport: 'TLS', host: 'edge', port: 5061 },
      { transport: 'TLS', host: 'edge', port: 5070 },
    ])
  })
})
