// @programs edge voice  @seconds 16
// @guard test/integration/edge/a-caller-who-is-put-through-brings-nothing-along.test.ts
import { expect } from 'chai'
import { playTrunk, trunkIntegration, type ClientTrunk } from '../harness/client-trunks.ts'
import { callerOf, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import type { SippTrunk } from '../harness/sipp-trunk.ts'
import * as zones from '../harness/three-zones.ts'

const LINE: ClientTrunk = { name: 'line', role: 'Primary', port: 25_081, transport: 'UDP' }
const SMUGGLED = [
  'P-Asserted-Identity: <sip:+33900000000@lilas.example>',
  'Diversion: <sip:+33900000000@lilas.example>;reason=unconditional',
  'Remote-Party-ID: <sip:+33900000000@lilas.example>;party=calling',
  'Replaces: 1234@pbx;to-tag=1;from-tag=2',
  'Route: <sip:192.0.2.66;lr>',
  'X-Account: premium',
]

describe('a caller whom the edge itself puts through, since the bot has no pod that takes calls', function () {
  this.timeout(400_000)
  let namespace: string
  let number: string
  let edges: Edge[]
  let line: SippTrunk

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.sharedOperatorServes()
    namespace = await zones.freshNamespace('smuggler')
    line = await playTrunk(LINE, [180, 200])
    const bot = zones.aBot(namespace, 'closed', {
      integrationRefs: [{ name: 'line' }],
      fallback: { number: '+33900000067', integrationRef: { name: 'line' } },
      media: { sipTransport: 'TLS', srtp: 'Preferred' },
      // The nodes of no zone are there, so that it never has a pod.
      zones: ['zone-nowhere'],
    })
    number = bot.spec.numbers[0]!
    await zones.applyManifests(trunkIntegration(namespace, 'line', [LINE], { callerNumber: 'Withheld' }), bot)
    edges = await everyEdge()
    await zones.untilPublished(number)
  })
  after(async () => {
    await line?.stop()
    if (namespace) await zones.removeNamespace(namespace)
  })

  it('says to the trunk what the Integration allows, and nothing that he wrote', async () => {
    for (const [index, edge] of edges.entries()) {
      const caller = await callerOf(edge)
      await eventually(async () => {
        const from = '"Boss" <sip:+33612345678@carrier.example>'
        const attempt = caller.invite(number, { isPlain: true, headers: SMUGGLED, from })
        expect((await attempt.final(10)).status, edge.node).to.equal(200)
        attempt.within('ACK')
        attempt.within('REFER', { cseq: 2, headers: ['Refer-To: <sip:+33899000000@lilas.example>'] })
        attempt.within('BYE', { cseq: 3 })
      }, 60)
      await eventually(() => expect(line.ended().length).to.be.greaterThan(index), 10)
      caller.close()
    }
    const text = line.headers()
    expect(text).to.match(/^From: .*anonymous[.]invalid/im)
    expect(text).to.not.match(
      /P-Asserted|Diversion|Remote-Party|Replaces|192[.]0[.]2[.]66|X-Account|Boss|33612345678|REFER/,
    )
  })
})
