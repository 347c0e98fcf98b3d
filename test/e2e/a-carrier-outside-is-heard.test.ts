// @programs edge voice
// @guard test/integration/edge/a-call-passes-the-relay.test.ts
// @guard test/integration/edge/a-caller-is-heard-by-the-relay.test.ts
import { expect } from 'chai'
import { isOverlay, podCidr, zones as clusterZones } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { extent } from '../harness/extent.ts'
import type { OutsideCall } from '../harness/outside-callers.ts'
import { installForOutside, type OutsideInstallation } from '../harness/outside-installation.ts'
import { type OutsideStage, setOutsideStage, SPEAK_SECONDS } from '../harness/outside-stage.ts'
import * as zones from '../harness/three-zones.ts'

const PLACES = ['carrier', 'home'] as const
const EXPOSED = {
  PodAddress: { calls: extent('CALLS', { short: 10, whole: 200 }), what: 'each of which leads to the pod of an edge' },
  HostPort: { calls: extent('CALLS', { short: 5, whole: 40 }), what: 'each of which leads to the node of an edge' },
}
/** What nobody outside may learn: addresses of pods and of nodes. */
const INSIDE = [podCidr, clusterZones[0]!.address].map((address) => address.split('.').slice(0, 2).join('[.]'))

for (const expose of ['PodAddress', 'HostPort'] as const)
  describe(`callers and trunks that have no route to a pod, by public addresses, ${EXPOSED[expose].what}`, function () {
    this.timeout(1_800_000)
    let outside: OutsideInstallation | undefined
    let stage: OutsideStage | undefined

    before(async function () {
      zones.needsLocalCluster(this)
      // Two minutes of every run for what integration tests show of one edge: with CALLS=4, or at full length.
      if (process.env['CALLS'] === undefined && process.env['PROOF'] !== 'whole') this.skip()
      // In an overlay no public address can lead to a pod.
      if (isOverlay && expose === 'PodAddress') this.skip()
      outside = await installForOutside(expose)
      stage = await setOutsideStage(outside)
    })
    after(async () => {
      await stage?.stop()
      await outside?.stop()
    })

    it('hear the bot and are heard, in the open and behind NAT, over TLS with SRTP and over UDP with RTP', async () => {
      const captures = await Promise.all(PLACES.map((place) => stage!.watch(place)))
      const calls = await stage!.call(EXPOSED[expose].calls)
      for (const capture of captures) await capture.stop()
      const bad = calls.filter(
        ({ call }) => call.problem !== undefined || call.botSeconds < 1 || call.echoSeconds < SPEAK_SECONDS / 2,
      )
      const least = (of: (call: OutsideCall) => number) => Math.min(...calls.map(({ call }) => of(call)))
      writeEvidence(expose === 'PodAddress' ? 'outside' : 'outside-host-ports', {
        calls: calls.length,
        bad: bad.length,
      })
      printFigures(`${calls.length} calls from outside, edges at ${expose}`, [
        ['heard and were heard', `${calls.length - bad.length}`],
        ['by the emergency number, of these', `${calls.filter(({ by }) => by === 'emergencyNumber').length}`],
        ['least seconds of the bot', least(({ botSeconds }) => botSeconds).toFixed(1)],
        ['least seconds of the own voice that came back', least(({ echoSeconds }) => echoSeconds).toFixed(1)],
      ])
      expect(bad).to.deep.equal([])
      for (const { kind, call } of calls)
        expect(call.suite !== undefined, JSON.stringify(kind)).to.equal(kind.srtp === 'Mandatory')
    })

    it('see no address of a pod or node in any message over UDP, and media comes from public addresses only', async () => {
      const inside = INSIDE.join('|')
      const sip = ['sip.msg_hdr', 'sip.Request-Line', 'sdp.media', 'sdp.connection_info', 'sdp.owner']
      for (const place of PLACES) {
        const text = await stage!.seen(place, sip, 'sip')
        expect(text.length, `messages at ${place}`).to.be.above(1_000)
        expect(text, `messages at ${place}`).not.to.match(new RegExp(`\\b(${inside})[.]`))
        const peers = await stage!.seen(place, ['ip.src', 'ip.dst'])
        expect(peers, `packets at ${place}`).not.to.match(new RegExp(`\\b(${inside})[.]`, 'm'))
      }
    })
  })
