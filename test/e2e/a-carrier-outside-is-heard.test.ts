// @programs edge voice
// @guard test/integration/edge/a-call-passes-the-relay.test.ts
// @guard test/integration/edge/a-caller-is-heard-by-the-relay.test.ts
import { expect } from 'chai'
import { isOverlay, podCidr, zones as clusterZones } from '../../hack/cluster/settings.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { stopComplete } from '../../hack/calls/capture.ts'
import { judgeVoice, shareLost, type Voice, voiceRows } from '../../hack/calls/voice-judge.ts'
import type { Place } from '../../hack/cluster/outside.ts'
import { extent } from '../harness/extent.ts'
import { KINDS, type OutsideCall, SPEAK_SECONDS } from '../harness/outside-callers.ts'
import { installForOutside, type OutsideInstallation } from '../harness/outside-installation.ts'
import { type CallFromOutside, type OutsideStage, PROGRAMS, setOutsideStage } from '../harness/outside-stage.ts'
import * as zones from '../harness/three-zones.ts'

const PLACES = ['carrier', 'home'] as const
const EXPOSED = {
  PodAddress: { calls: extent('CALLS', { short: 10, whole: 200 }), what: 'each of which leads to the pod of an edge' },
  HostPort: { calls: extent('CALLS', { short: 5, whole: 40 }), what: 'each of which leads to the node of an edge' },
}
/** What nobody outside may learn: addresses of pods and of nodes. */
const INSIDE = new RegExp(
  `\\b(${[podCidr, clusterZones[0]!.address].map((address) => address.split('.').slice(0, 2).join('[.]')).join('|')})[.]`,
  'm',
)
/** Of the frames that were due to callers. */
const MOST_LOST = 0.01
/** Of those due to one caller in ten seconds: a second, in which the machine did something else. */
const MOST_LOST_OF_ONE = 0.1
/** What the bot says. A caller's own record of it may begin late, or be cut by a busy machine; what the way lost is counted in frames. */
const BOT_SECONDS = 1.4

for (const expose of ['PodAddress', 'HostPort'] as const)
  describe(`callers and trunks that have no route to a pod, by public addresses, ${EXPOSED[expose].what}`, function () {
    this.timeout(1_800_000)
    let outside: OutsideInstallation | undefined
    let stage: OutsideStage | undefined
    let calls: CallFromOutside[] = []

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

    it('hear the bot and are heard, in the open and behind NAT, over TLS with SRTP and over UDP with RTP, by baresip, SIPp and Asterisk 22', async () => {
      const captures = await Promise.all(PLACES.map((place) => stage!.watch(place)))
      calls = await stage!.call(EXPOSED[expose].calls, KINDS, PROGRAMS)
      for (const capture of captures) await stopComplete(capture)
      const heardAt = PLACES.map((place) => heardIn(place))
      const bad = calls.filter(({ call }) => isBad(call)).map((each) => ({ ...each, onTheWire: onTheWire(each) }))
      const voice = heardAt.map(({ packets, answered }) => judgeVoice(packets, answered.map(lifeOf)))
      const atTrunk = stage!.heardByTrunk().filter((seconds) => seconds >= SPEAK_SECONDS / 2)
      report(expose, calls, { bad: bad.length, atTrunk: atTrunk.length, voice })
      expect(bad).to.deep.equal([])
      for (const { kind, call } of calls)
        expect(call.isEncrypted, JSON.stringify(kind)).to.equal(kind.srtp === 'Mandatory')
      expect(atTrunk, 'callers who were heard at the trunk').to.have.lengthOf(calls.length)
      for (const { packets, answered } of heardAt)
        for (const call of answered) {
          const voice = judgeVoice(packets, [lifeOf(call)])
          expect(voice, JSON.stringify(call)).to.include({ unheard: 0, foreign: 0 })
          expect(shareLost(voice), JSON.stringify({ ...call, voice })).to.be.below(MOST_LOST_OF_ONE)
        }
      for (const each of voice) expect(shareLost(each), 'of the frames that were due').to.be.below(MOST_LOST)
    })

    it('see no address of a pod or node in any message, and media comes from public addresses only', async () => {
      const sip = ['sip.msg_hdr', 'sip.Request-Line', 'sdp.media', 'sdp.connection_info', 'sdp.owner']
      for (const place of PLACES) {
        const text = await stage!.seen(place, sip, 'sip')
        expect(text.length, `messages at ${place}`).to.be.above(1_000)
        expect(text, `messages at ${place}`).not.to.match(INSIDE)
        const peers = await stage!.seen(place, ['ip.src', 'ip.dst'])
        expect(peers, `packets at ${place}`).not.to.match(INSIDE)
      }
      // What TLS hides from a capture, SIPp writes down.
      for (const kind of KINDS) {
        const seen = calls.filter((call) => call.kind === kind).flatMap(({ call }) => call.messages ?? [])
        expect(seen, JSON.stringify(kind)).not.to.deep.equal([])
        for (const text of seen) expect(text).to.include('SIP/2.0 200').and.not.to.match(INSIDE)
      }
    })

    const onTheWire = ({ kind, call }: CallFromOutside) =>
      call.life && judgeVoice(stage!.packetsTo(kind.place), [call.life])
    const heardIn = (place: Place) => ({
      packets: stage!.packetsTo(place),
      answered: calls.filter(({ kind, call }) => kind.place === place && call.life !== undefined),
    })
  })

const lifeOf = ({ call }: CallFromOutside) => call.life!

const isBad = ({ problem, botSeconds, echoSeconds, life }: OutsideCall) =>
  problem !== undefined || life === undefined || botSeconds < BOT_SECONDS / 2 || echoSeconds < SPEAK_SECONDS / 2

interface Seen {
  bad: number
  atTrunk: number
  voice: Voice[]
}

function report(expose: string, calls: readonly CallFromOutside[], { bad, atTrunk, voice }: Seen) {
  const least = (of: (call: OutsideCall) => number) => Math.min(...calls.map(({ call }) => of(call)))
  const count = (is: (call: CallFromOutside) => boolean) => calls.filter(is).length
  writeEvidence(expose === 'PodAddress' ? 'outside' : 'outside-host-ports', {
    ...{ calls: calls.length, bad, atTrunk, voice },
    ...Object.fromEntries(PROGRAMS.map((program) => [program, count((call) => call.program === program)])),
  })
  printFigures(`${calls.length} calls from outside, edges at ${expose}`, [
    ['heard and were heard', `${calls.length - bad}`],
    ['were heard at the trunk', `${atTrunk}`],
    ...PROGRAMS.map((program): [string, string] => [`by ${program}`, `${count((call) => call.program === program)}`]),
    ['by the emergency number', `${count(({ by }) => by === 'emergencyNumber')}`],
    ['least seconds of the bot', least(({ botSeconds }) => botSeconds).toFixed(1)],
    ['least seconds of the own voice that came back', least(({ echoSeconds }) => echoSeconds).toFixed(1)],
    ...voice.flatMap((each, index) =>
      voiceRows(each).map(([name, value]): [string, string] => [`${PLACES[index]}: ${name}`, value]),
    ),
  ])
}
