// @programs edge  @seconds 41
// @guard test/integration/edge/a-carrier-is-never-silenced.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runSipp, type SippOptions, type SippResult } from '../../hack/calls/sipp.ts'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { SIPS_PORT } from '../../hack/calls/edges.ts'
import { silence } from '../../hack/calls/sound.ts'
import { host } from '../../hack/cluster/settings.ts'
import { createAuthority } from '../harness/authority.ts'
import { edgeAuthority, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { startSpeechStandIn, type SpeechStandIn } from '../harness/speech-stand-in.ts'
import { longReading } from '../harness/long-reading.ts'
import * as zones from '../harness/three-zones.ts'
import { untilKnown } from '../harness/whole-calls.ts'

/** Calls to a number that no bot has, from the address from which all calls come. */
const UNKNOWN_CALLS = extent('CALLS', { short: 200, whole: 2_000 })
/** Live all the time that those take, and longer. */
const LIVE_SECONDS = 15 + UNKNOWN_CALLS / 50
const LIVE = 6

describe('a carrier that dials a number without a bot, again and again', function () {
  this.timeout(LIVE_SECONDS * 1_000 + 400_000)
  let namespace: string
  let number: string
  let edges: Edge[]
  let folder: string
  let ca: string
  let speech: SpeechStandIn
  const { cert, key } = createAuthority('a carrier').issue(['carrier.example'])

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.operatorServes()
    namespace = await zones.freshNamespace('carrier')
    const media = { sipTransport: 'TLS', srtp: 'Preferred' } as const
    speech = await startSpeechStandIn(host.address)
    const { provider } = speech
    const bot = zones.aBot(namespace, 'open', {
      // The stand-in reads three times as fast as a voice.
      ...{ dialog: longReading(LIVE_SECONDS * 4), media },
      speech: { asr: [provider], tts: [provider] },
    })
    number = bot.spec.numbers[0]!
    await zones.applyManifests(bot)
    await zones.kube('wait', 'callbot', 'open', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=240s')
    edges = await everyEdge()
    await zones.untilPublished(number)
    const pods = await zones.settledPods(namespace)
    await untilKnown(
      edges,
      pods.map(({ status }) => status.podIP!),
    )
    folder = mkdtempSync(join(tmpdir(), 'callbot-carrier-'))
    ca = await edgeAuthority()
  })
  after(async () => {
    await speech?.close()
    if (folder) rmSync(folder, { recursive: true, force: true })
    if (namespace) await zones.removeNamespace(namespace)
  })

  /** SIPp, from the one address of this carrier, through one edge. */
  const sipp = (name: string, o: Pick<SippOptions, 'number' | 'calls' | 'perSecond' | 'ends'> & Partial<SippOptions>) =>
    runSipp({
      ...{ folder: join(folder, name), target: `${edges[0]!.address}:${SIPS_PORT}`, transport: 'tls', srtp: false },
      ...{ address: host.address, concurrent: o.calls, tls: { cert, key, ca } },
      ...o,
    })
  const brief = { by: 'Caller', afterMs: 200 } as const
  const failures = ({ successful, failed, errors }: SippResult) => (failed > 0 || successful === 0 ? errors : '')

  it('is answered on the numbers of bots at once, and each of its live calls ends when a person hangs up', async () => {
    // Whoever speaks interrupts the reading, and the flow is at its end too early.
    const audio = writeAlaw(join(folder, 'silence.alaw'), silence(2))
    const live = sipp('live', {
      ...{ number, calls: LIVE, perSecond: LIVE, audio, mediaPort: 21_000, localPort: 27_101 },
      ends: { by: 'Caller', afterMs: LIVE_SECONDS * 1_000 },
    })
    const unknown = await sipp('unknown', {
      ...{ number: zones.aNumber(), calls: UNKNOWN_CALLS, perSecond: 50, ends: brief, localPort: 27_102 },
    })
    expect(unknown, unknown.errors).to.include({ successful: 0, failed: UNKNOWN_CALLS })
    expect(unknown.errors, 'with 404, not with silence').to.include('404')
    const good = await sipp('good', {
      number,
      calls: 10,
      perSecond: 10,
      ends: brief,
      mediaPort: 26_000,
      localPort: 27_103,
    })
    expect(good, failures(good)).to.include({ successful: 10, failed: 0 })
    const lasted = await live
    expect(lasted, failures(lasted)).to.include({ successful: LIVE, failed: 0 })
    await eventually(async () => {
      const { status } = await zones.botNamed(namespace, 'open')
      expect(status?.calls ?? 0, 'calls that pods still have').to.equal(0)
    }, 30)
  })
})
