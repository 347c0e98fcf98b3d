// @programs edge operator voice  @seconds 130
// @guard test/integration/edge/trunks-fail-and-come-back.test.ts
// @guard test/integration/edge/transfers-outlive-a-primary.test.ts
import { expect } from 'chai'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { percentile } from '../../bench/voice/figures.ts'
import { writeAlaw } from '../../hack/calls/audio.ts'
import { silence } from '../../hack/calls/sound.ts'
import { pause } from '../../hack/cluster/shell.ts'
import { printFigures, writeEvidence } from '../../hack/evidence.ts'
import type { IntegrationStatus } from '../../src/api/integration.ts'
import { playTrunk, trunkIntegration, type ClientTrunk } from '../harness/client-trunks.ts'
import { gatherEdgeCallers } from '../harness/edge-callers.ts'
import { callerOf, readyEdges } from '../harness/edges.ts'
import { eventually } from '../harness/eventually.ts'
import { extent } from '../harness/extent.ts'
import { failoverOfDefaults, failoverOfTuned, type TunedFailover } from '../harness/kamailio-peers.ts'
import type { PlainCaller } from '../harness/plain-caller.ts'
import { changesByReason, eventsByReason, sum, watchRoute, type RouteWatch } from '../harness/route-watch.ts'
import type { SippTrunk, SippTrunkOptions } from '../harness/sipp-trunk.ts'
import * as zones from '../harness/three-zones.ts'
import { askedFirst, failoverSeconds, rungBy, rungLate, watchTrunks, type SeenCall } from '../harness/trunk-witness.ts'

type Acts = SippTrunkOptions['acts']

/** Transfers over all parts. */
const CALLS = extent('CALLS', { short: 72, whole: 1_000 })
const NUMBER = zones.aNumber()
const NAME = 'telephone'
const EDGES = 3
/** TCP, so that a closed port can be distinguished from a silent one. */
const PARIS: ClientTrunk = { name: 'paris', role: 'Primary', port: 16_060, transport: 'TCP' }
const LYON: ClientTrunk = { name: 'lyon', role: 'Backup', port: 16_070, transport: 'TCP' }
/** The desk rings, answers, talks for a second, hangs up. */
const WELL: Acts = [180, { wait: 200 }, 200, { wait: 1_000 }, 'bye']
const HOLD_SECONDS = 2
const PATIENCE_SECONDS = 20
const SHOWN_SECONDS = 5
/** What repeats is reported as a count, each 30 s. */
const EVENTS_SECONDS = 45
const DEFAULTS_CALLS = 3
const TUNED_CALLS = 20

interface Part {
  /** What the primary does. */
  primary: string
  /** How it begins, or as which one it comes back at once. */
  strike?: (primary: SippTrunk) => unknown
  becomes?: Acts
  /** Probes find out, so that the route changes. One that says 503 to calls, or takes its time, answers them. */
  isFound?: boolean
  /** Calls ask it first, at least until it is found out. At a closed port there is no connection, and so no asking. */
  isAsked?: boolean
  /** Seconds from the primary's INVITE to the backup's, on a machine with other work. */
  p99?: number
}

const PARTS: readonly Part[] = [
  { primary: 'is well' },
  { primary: 'is silent', strike: (trunk) => trunk.signal('SIGSTOP'), isFound: true, isAsked: true, p99: 2 },
  { primary: 'refuses', strike: (trunk) => trunk.stop(), isFound: true, p99: 1 },
  { primary: 'answers 503', becomes: [100, 503], isAsked: true, p99: 1 },
  { primary: 'takes its time', becomes: [{ wait: 1_500 }, ...WELL], isAsked: true, p99: 2 },
  { primary: 'is back' },
]

/** Of the callers at one edge some are through before the fault, one comes with it, and most come after it. */
const PER_EDGE = Math.max(3, Math.ceil(CALLS / PARTS.length / EDGES))
const EARLY = Math.max(1, Math.floor((PER_EDGE - 1) / 3))
const LATE = PER_EDGE - 1 - EARLY
const PER_SECOND = Math.max(1, Math.round(PER_EDGE / 18))

interface Played {
  part: Part
  placed: number
  lost: number
  /** Of the callers' SIPp, and the last that they said when something went wrong. */
  exitCodes: number[]
  errors: string
  /** What the witness saw. */
  calls: SeenCall[]
  /** Call-IDs of the backup's INVITEs, by its own log. */
  byBackup: string[]
  /** INVITE to BYE of those who came with the fault, seconds: all that a caller waits is in it. */
  wholeSeconds: number[]
  /** From the fault until kubectl showed the backup. */
  shownSeconds?: number
}

/** Every caller who is not lost was rung; what is more is a second time. */
const rungTwice = ({ calls, placed, lost }: Played) => calls.flatMap(rungBy).length - (placed - lost)

describe('transfers to a client who has a backup trunk', function () {
  this.timeout(CALLS * 2_000 + 600_000)
  const folder = mkdtempSync(join(tmpdir(), 'callbot-backup-route-'))
  const audio = writeAlaw(join(folder, 'silence.alaw'), silence(2))
  const played: Played[] = []
  let namespace: string
  let primary: SippTrunk
  let backup: SippTrunk
  let callers: PlainCaller[]
  let route: RouteWatch
  let eventsBefore: Record<string, number>
  let defaults: Promise<number[]>
  let tuned: Promise<TunedFailover>
  let wave = 0

  before(async function () {
    zones.needsLocalCluster(this)
    await zones.sharedOperatorServes()
    defaults = failoverOfDefaults(DEFAULTS_CALLS)
    // It measures milliseconds, and is over before ours begin.
    tuned = failoverOfTuned(TUNED_CALLS)
    for (const peer of [defaults, tuned]) peer.catch(() => undefined) // reported by the test that waits for it
    await tuned.catch(() => undefined)
    namespace = await zones.freshNamespace('trunks')
    ;[primary, backup] = await Promise.all([playTrunk(PARIS, WELL), playTrunk(LYON, WELL)])
    const failover = { perTryMilliseconds: 700, failback: { holdSeconds: HOLD_SECONDS } }
    await zones.applyManifests(trunkIntegration(namespace, NAME, [PARIS, LYON], { failover }))
    const steps = [{ name: 'desk', transfer: { integration: NAME, to: '+33144444444' } }]
    const integrationRefs = [{ name: 'pbx' }, { name: NAME }]
    const more = { numbers: [NUMBER], dialog: { inline: { steps } }, integrationRefs, capacity: { callsPerPod: 60 } }
    await zones.applyManifests(zones.aBot(namespace, 'desk', more))
    await zones.kube('wait', 'callbot', 'desk', '-n', namespace, '--for=condition=PodsAvailable', '--timeout=180s')
    await routeIsWell(60)
    const edges = await readyEdges()
    expect(edges).to.have.lengthOf(EDGES)
    callers = await Promise.all(edges.map((edge) => callerOf(edge)))
    eventsBefore = await eventsByReason(namespace, NAME)
    route = await watchRoute(namespace, NAME)
  })
  after(async () => {
    route?.stop()
    for (const caller of callers ?? []) caller.close()
    await Promise.all([primary?.stop(), backup?.stop()])
    rmSync(folder, { recursive: true, force: true })
    if (namespace) await zones.removeNamespace(namespace)
  })

  /** Calls go to the primary, every edge finds both trunks up, and kubectl shows it. */
  const routeIsWell = (seconds: number) =>
    eventually(async () => {
      const { status } = await zones.kubeJson<{ status?: IntegrationStatus }>(
        ...['get', 'integration', NAME, '-n', namespace],
      )
      expect(status?.sipRoute).to.equal('Primary/paris')
      const parts = status?.sip?.parts?.map(({ name, state, seenBy }) => `${name} ${state} ${seenBy}`)
      expect(parts).to.have.members([`paris Up ${EDGES}`, `lyon Up ${EDGES}`])
    }, seconds)

  async function replacePrimary(acts: Acts): Promise<void> {
    await primary.stop()
    primary = await playTrunk(PARIS, acts)
  }

  async function strike({ strike, becomes }: Part): Promise<void> {
    await strike?.(primary)
    if (becomes) await replacePrimary(becomes)
  }

  /** Each has ports of its own: those of the one before may not be free yet. */
  const gather = (callsPerEdge: number) =>
    gatherEdgeCallers({
      ...{ folder: join(folder, `wave-${++wave}`), number: NUMBER, callsPerEdge, audio, mediaPort: 18_000 + 2 * wave },
      ...{ perSecond: PER_SECOND, ends: { by: 'Bot', withinMs: PATIENCE_SECONDS * 1_000 } },
    })

  /** A caller who is put through, until the desk hangs up: seconds. Undefined: it was lost. */
  async function wholeTransfer(caller: PlainCaller): Promise<number | undefined> {
    const attempt = caller.invite(NUMBER)
    const from = performance.now()
    try {
      await attempt.status(200, PATIENCE_SECONDS)
      attempt.within('ACK')
      const isOver = () => expect(attempt.requests.some((text) => text.startsWith('BYE '))).to.equal(true)
      await eventually(isOver, PATIENCE_SECONDS)
      return (performance.now() - from) / 1_000
    } catch {
      return undefined
    }
  }

  /**
   * Whoever talks by the primary when it dies is cut off, and a phone that rings there is not rung elsewhere: that is not what a backup
   * is for. So the early callers are through when the fault strikes; those who come at the same moment are before all detection.
   */
  async function play(part: Part): Promise<Played> {
    const witness = await watchTrunks(join(folder, `part-${played.length}.pcap`), [PARIS, LYON])
    const before = backup.rung().length
    const [first, rest] = [await gather(EARLY), await gather(LATE)]
    const early = await first.call()
    const late = rest.call()
    const struckAt = performance.now()
    const striking = strike(part)
    const [whole, results] = await Promise.all([Promise.all(callers.map(wholeTransfer)), late, striking])
    const calls = await witness.stop()
    const bySipp = [...early, ...results]
    const wholeSeconds = whole.filter((seconds) => seconds !== undefined)
    const placed = first.placed + rest.placed + callers.length
    const answered = bySipp.reduce((total, { successful }) => total + successful, wholeSeconds.length)
    const errors = bySipp.map(({ errors }) => errors).join('')
    const exitCodes = bySipp.map(({ exitCode }) => exitCode)
    const told = part.isFound && route.secondsUntil('Backup/lyon', struckAt, 3 * SHOWN_SECONDS).catch(() => Infinity)
    return {
      ...{ part, placed, lost: placed - answered, exitCodes, errors, calls, wholeSeconds },
      byBackup: backup.rung().slice(before),
      ...(told && { shownSeconds: await told }),
    }
  }

  for (const part of PARTS) {
    it(`are all taken, each once, while the primary ${part.primary}`, async () => {
      const seen = await play(part)
      played.push(seen)
      expect(seen.lost, seen.errors).to.equal(0)
      expect(Math.max(...seen.exitCodes), seen.errors).to.equal(0)
      expect(rungTwice(seen), 'rung twice, by the witness').to.equal(0)
      expect(new Set(seen.byBackup).size, 'calls of the backup, by its own log').to.equal(seen.byBackup.length)
      const isIll = part.p99 !== undefined
      expect(seen.byBackup, 'by the backup').to.have.lengthOf(isIll ? EDGES * (LATE + 1) : 0)
      if (part.isAsked) expect(askedFirst(seen.calls, PARIS, LYON), 'calls that met the fault').to.be.above(0)
    })

    if (part.p99 === undefined) continue
    it(`go by the primary again when it ${part.primary} no more, as kubectl get integrations says`, async () => {
      await replacePrimary(WELL)
      await routeIsWell(6 * SHOWN_SECONDS)
      // An edge that found a fault in the last moment tells it, and holds the primary, within this time.
      await pause((HOLD_SECONDS + 3) * 1_000)
      await routeIsWell(SHOWN_SECONDS)
    })
  }

  it('are shown by kubectl get integrations to go by the backup within 5 s of a fault', () => {
    const told = played.flatMap(({ shownSeconds }) => (shownSeconds === undefined ? [] : [shownSeconds]))
    expect(told).to.have.lengthOf(PARTS.filter(({ isFound }) => isFound).length)
    expect(Math.max(...told)).to.be.below(SHOWN_SECONDS)
  })

  it('have one event for each change of their route', async () => {
    const changes = changesByReason(route.lines)
    expect(changes).to.include.all.keys('BackupInUse', 'RouteAnswers')
    const expected = sum([...Object.entries(eventsBefore), ...Object.entries(changes)])
    await eventually(async () => expect(await eventsByReason(namespace, NAME)).to.deep.equal(expected), EVENTS_SECONDS)
  })

  it('reach the backup in time, for which Kamailio with its defaults takes half a minute', async () => {
    const theirs = await defaults
    const ofTuned = await tuned
    figures(theirs, ofTuned)
    expect(theirs).to.have.lengthOf(DEFAULTS_CALLS)
    for (const seen of played.filter(({ part }) => part.p99 !== undefined)) {
      const p99 = percentile(failoverSeconds(seen.calls, PARIS, LYON), 99)
      expect(p99, `while the primary ${seen.part.primary}`).to.be.below(Math.min(seen.part.p99!, ...theirs))
    }
  })

  function figures(theirs: readonly number[], tuned: TunedFailover): void {
    const parts = played.map(figuresOf)
    const total = (of: 'placed' | 'lost' | 'twice') => parts.reduce((all, part) => all + part[of], 0)
    const [calls, lost, twice] = [total('placed'), total('lost'), total('twice')]
    writeEvidence('backup-route', {
      ...{ calls, lost, twice, parts, route: route.lines.map(({ route, reason }) => `${route} ${reason}`) },
      ...{ kamailioWithDefaults: { silent: theirs }, kamailioTuned: tuned },
    })
    printFigures("the client's primary trunk fails, on the wire and as callers see it", [
      ['transfers', `${calls}, ${lost} lost, ${twice} rung twice`],
      ...parts.flatMap(rowsOf),
      ['Kamailio with its defaults, silent', `${theirs.map((seconds) => `${seconds.toFixed(1)} s`).join(', ')}`],
      ...tunedRows(tuned),
    ])
  }
})

function tunedRows({ slow, ...ills }: TunedFailover): [string, string][] {
  const rows = Object.entries(ills).map(([ill, seconds]): [string, string] => {
    const latest = (1_000 * Math.max(...seconds)).toFixed(0)
    return [`Kamailio, tuned, ${ill}`, `${seconds.length} calls, at most ${latest} ms`]
  })
  return [...rows, ['Kamailio, tuned, slow', `${slow.answeredTwice} of ${slow.calls} callers answered twice`]]
}

function figuresOf(seen: Played) {
  const { part, placed, lost, byBackup, wholeSeconds, shownSeconds, calls } = seen
  const times = failoverSeconds(calls, PARIS, LYON)
  return {
    ...{ primary: part.primary, placed, lost, twice: rungTwice(seen), shownSeconds },
    ...{ byBackup: byBackup.length, asked: askedFirst(calls, PARIS, LYON), takenBack: calls.flatMap(rungLate).length },
    failover: { p50: percentile(times, 50), p99: percentile(times, 99) },
    inviteToBye: { p50: percentile(wholeSeconds, 50), most: Math.max(...wholeSeconds) },
  }
}

function rowsOf(part: ReturnType<typeof figuresOf>): (readonly [string, string])[] {
  const { failover, inviteToBye: whole } = part
  const ms = (seconds: number) => `${(1_000 * seconds).toFixed(0)} ms`
  const late = part.takenBack === 0 ? '' : `; ${part.takenBack} rang late at the primary and were cancelled`
  const told = part.shownSeconds === undefined ? '' : `; kubectl shows it after ${part.shownSeconds.toFixed(1)} s`
  const ofBackup = `${part.byBackup} by the backup, ${part.asked} of them asked the primary first`
  return [
    [
      `the primary ${part.primary}`,
      `${part.placed} transfers, ${part.lost} lost, ${part.twice} rung twice${told}${late}`,
    ],
    ['  INVITE to BYE', `p50 ${whole.p50.toFixed(2)} s, at most ${whole.most.toFixed(2)} s`],
    ...(part.byBackup === 0
      ? []
      : [[`  INVITE to INVITE`, `${ofBackup}: p50 ${ms(failover.p50)}, p99 ${ms(failover.p99)}`] as const]),
  ]
}
