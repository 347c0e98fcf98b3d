import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pause } from '../../../hack/cluster/shell.ts'
import { type Finding, playBatch, type Watch } from './batch.ts'
import { startNeighbour } from './neighbour.ts'
import { startOptionsWitness } from './options-witness.ts'
import { cleanCall } from './plays.ts'
import type { FuzzStage } from './stage.ts'
import { grown, vitalsOf, type Vitals } from './vitals.ts'

export interface RoundOptions {
  /** Of the first mutation; each further one has the next number, and can be played alone by it. */
  readonly seed: number
  /** How many mutations at most, and for how many seconds at most. */
  readonly mutations: number
  readonly seconds: number
  /** After so many findings it ends. */
  readonly findings: number
}

export interface RoundResult {
  readonly mutations: number
  readonly seconds: number
  readonly outcomes: Readonly<Record<string, number>>
  /** Of the edge and of the pod, each of which was judged. */
  readonly packets: number
  readonly optionsAsked: number
  readonly neighbourFrames: number
  /** The longest time for which the pod's event loop was held, in milliseconds of processor time. */
  readonly longestStallMs: number
  readonly before: Vitals
  readonly after: Vitals
  readonly findings: readonly Finding[]
}

const BATCH = 60
/** A transaction is kept for 5 s after its end, and for 30 s where a party doesn't answer. */
const SETTLE_MS = 45_000

/** Plays mutations against the edge, its relay and a pod, and looks after each batch, and at the end, whether somebody was harmed. */
export async function playRound(stage: FuzzStage, o: RoundOptions): Promise<RoundResult> {
  const folder = mkdtempSync(join(tmpdir(), 'callbot-wire-'))
  await warmUp(stage)
  const before = await vitalsOf(stage)
  const witness = await startOptionsWitness()
  stage.parties.add(witness.at)
  const neighbour = await startNeighbour(stage.neighbour)
  const watch: Watch = {
    stage,
    folder,
    neighbour,
    witness,
    outcomes: {},
    longestStallMs: 0,
    packets: 0,
    unended: 0,
    plays: 0,
    sessions: 1,
  }
  const findings: Finding[] = []
  const begun = performance.now()
  let done = 0
  try {
    while (done < o.mutations && findings.length < o.findings && performance.now() - begun < o.seconds * 1_000) {
      const count = Math.min(BATCH, o.mutations - done)
      const first = o.seed + done
      const finding = await playBatch(
        watch,
        Array.from({ length: count }, (_, nth) => (first + nth) >>> 0),
      )
      if (finding !== undefined) findings.push(finding)
      done += count
    }
    const seconds = (performance.now() - begun) / 1_000
    await neighbour.hangUp()
    const after = await settled(stage, before, watch.unended)
    const growth = grown(before, after, watch.unended)
    if (growth.length > 0) findings.push({ faults: growth, by: [] })
    return {
      ...{ mutations: done, seconds, outcomes: watch.outcomes, packets: watch.packets, findings, before, after },
      ...{ optionsAsked: witness.asked, neighbourFrames: neighbour.heard(), longestStallMs: watch.longestStallMs },
    }
  } finally {
    witness.stop()
    rmSync(folder, { recursive: true, force: true })
  }
}

/** What is compiled and allocated for the first calls is no mutation's fault. */
async function warmUp(stage: FuzzStage): Promise<void> {
  for (let nth = 0; nth < 6; nth++) {
    const caller = stage.callers[nth % stage.callers.length]!
    const pod = nth < stage.pods.length ? stage.pods[nth] : undefined
    const { said: outcome } = await cleanCall(stage, `clean${nth}`, caller, pod)
    if (outcome !== 'offer 200') throw new Error(`a good call to ${pod?.address ?? 'the real pod'}: ${outcome}`)
  }
  await pause(6_000)
  await stage.real.look()
}

/** What is used when it is again what it was, or when it should be. */
async function settled(stage: FuzzStage, before: Vitals, unended: number): Promise<Vitals> {
  const deadline = performance.now() + SETTLE_MS
  for (;;) {
    const now = await vitalsOf(stage)
    if (grown(before, now, unended).length === 0 || performance.now() > deadline) return now
    await pause(1_000)
  }
}
