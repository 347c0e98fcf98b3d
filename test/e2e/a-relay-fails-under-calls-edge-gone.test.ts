// @programs edge voice
// @guard test/integration/edge/another-edge-serves-a-call.test.ts
import { expect } from 'chai'
import { percentile } from '../../bench/voice/figures.ts'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { startCapture, stopComplete } from '../../hack/calls/capture.ts'
import { packetsIn } from '../../hack/calls/pcap.ts'
import { operatorNamespace } from '../../hack/chart.ts'
import { leadToEdges, places, publicAddressOf } from '../../hack/cluster/outside.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import { ASTERISK_MEDIA, startAsteriskCallers, type AsteriskCallers } from '../harness/asterisk-callers.ts'
import { createAuthority } from '../harness/authority.ts'
import { edgeAuthority, everyEdge, type Edge } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent, needsWholeForm } from '../harness/extent.ts'
import { aReadingBot, installForOutside, type OutsideInstallation } from '../harness/outside-installation.ts'
import { relaySessions } from '../harness/relay-sessions.ts'
import * as zones from '../harness/three-zones.ts'
import { longestSilence, voicesAt } from '../harness/voices.ts'

const CALLS = extent('CALLS', { short: 10, whole: 50 })
const PER_SECOND = 5
const TALK_SECONDS = 60
const BACK_MS = 5_000
const SHARE = 99
/** A relay of which nobody ended the session ends it by itself (timeout of its configuration), and looks now and then. */
const REAPED_SECONDS = 150

type Way = 'UDP and RTP' | 'TLS and SRTP'

interface Row {
  what: string
  way: Way
  answered: number
  /** Calls that were over before Asterisk hung up. */
  cut: number
  /** Milliseconds without a frame in each call, at most. */
  silences: number[]
  /** Calls whose voice went to another edge from then on. */
  moved: number
}

const remove = (pod: string, ...how: string[]) =>
  zones.kube('delete', 'pod', pod, '-n', operatorNamespace, '--wait=false', ...how)

const edgePods = async (): Promise<string[]> => {
  const labels = ['-l', 'app.kubernetes.io/component=edge', '-o', 'jsonpath={.items[*].metadata.name}']
  return (await zones.kube('get', 'pods', '-n', operatorNamespace, ...labels)).split(' ')
}

/** Over TLS an edge that is gone takes the connections of its calls with it: docs/guides/edge.md. */
const FAULTS: { what: string; way: Way; fault: (edge: Edge) => Promise<unknown>; moves: boolean; most: number }[] = [
  { what: 'is deleted', way: 'UDP and RTP', fault: ({ pod }) => remove(pod), moves: false, most: 500 },
  { what: 'is deleted', way: 'TLS and SRTP', fault: ({ pod }) => remove(pod), moves: false, most: 500 },
  {
    ...{ what: 'is deleted by force', way: 'UDP and RTP' },
    fault: ({ pod }) => remove(pod, '--force', '--grace-period=0'),
    moves: true,
    most: BACK_MS,
  },
]

describe(`an edge with ${CALLS} live calls of Asterisk 22, from outside,`, function () {
  this.timeout(900_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-edge-gone-'))
  const rows: Row[] = []
  let outside: OutsideInstallation | undefined
  let asterisks: Record<Way, AsteriskCallers> | undefined
  let number: string

  before(async function () {
    zones.needsLocalCluster(this)
    needsWholeForm(this)
    outside = await installForOutside('PodAddress')
    const { namespace, serve, edges } = outside
    const bot = aReadingBot(namespace, 120)
    number = bot.spec.numbers[0]!
    await serve(bot)
    const tls = { ...createAuthority('callers').issue(['caller.example.net']), ca: await edgeAuthority() }
    const common = { talkSeconds: TALK_SECONDS, edges }
    asterisks = {
      'UDP and RTP': await startAsteriskCallers({ folder: join(folder, 'plain'), ...common }),
      'TLS and SRTP': await startAsteriskCallers({ folder: join(folder, 'secure'), tls, ...common }),
    }
  })
  after(async () => {
    for (const asterisk of Object.values(asterisks ?? {})) await asterisk.stop()
    await outside?.stop()
    rmSync(folder, { recursive: true, force: true })
    if (rows.length === 0) return
    writeEvidence('edge-gone', { calls: CALLS, rows })
    printFigures(
      `an edge with ${CALLS} live calls of Asterisk`,
      rows.flatMap(({ what, way, answered, cut, silences, moved }) => [
        [`${what}; ${way}`, `${answered} calls answered, ${cut} cut, ${moved} went on by another edge`],
        [
          '  longest silence of a call',
          `p50 ${Math.round(percentile(silences, 50))} ms, p99 ${Math.round(percentile(silences, SHARE))} ms`,
        ],
      ]),
    )
  })

  for (const [index, { what, way, fault, moves, most }] of FAULTS.entries())
    it(`loses none of them when its pod ${what}, by ${way}, and each hears the bot again within ${most} ms`, async () => {
      const [edge] = await everyEdge()
      const asterisk = asterisks![way]
      const before = asterisk.seconds().length
      const { address, netns } = places.carrier
      const file = join(folder, `${index}.pcap`)
      const capture = await startCapture({
        ...{ file, networkInterface: 'uplink', snapLength: 64, netns },
        filter: `udp and host ${address} and portrange ${ASTERISK_MEDIA}`,
      })
      await asterisk.call({ number, edge: edge!.node, calls: CALLS, perSecond: PER_SECOND })
      await eventually(async () => expect(await relaySessions(edge!)).to.equal(CALLS), 20)
      await pause(5_000)
      await fault(edge!)
      // As a network does that leads an address to the edge of a node: to the next one when this one is gone.
      const isGone = async () => expect(await edgePods()).not.to.include(edge!.pod)
      await eventually(isGone, moves ? 10 : TALK_SECONDS + 60)
      await leadToEdges(new Map((await everyEdge()).map(({ node, address: pod }) => [node, pod])))
      await eventually(() => expect(asterisk.seconds()).to.have.lengthOf(before + CALLS), TALK_SECONDS + 30)
      await stopComplete(capture)
      const own = publicAddressOf(edge!.node)
      const heard = voicesAt(address, packetsIn(file))
      const row: Row = {
        what,
        way,
        answered: heard.length,
        cut: asterisk
          .seconds()
          .slice(before)
          .filter((seconds) => seconds < TALK_SECONDS - 1).length,
        silences: heard.map(longestSilence),
        moved: heard.filter(({ from }) => from.size > 1 || !from.has(own)).length,
      }
      rows.push(row)
      expect(row).to.include({ answered: CALLS, cut: 0, moved: moves ? CALLS : 0 })
      expect(Math.min(...heard.map(({ times }) => times.at(-1)! - times[0]!)), 'seconds of voice').to.be.above(
        TALK_SECONDS - 3,
      )
      expect(Math.round(percentile(row.silences, SHARE))).to.be.below(most)
      await eventually(
        async () => expect((await zones.botNamed(outside!.namespace, 'lecture')).status?.calls).to.equal(0),
        60,
      )
      for (const each of await everyEdge())
        await eventually(async () => expect(await relaySessions(each)).to.equal(0), REAPED_SECONDS)
    })
})
