/**
 * An installation in which drills run, as small as it can be: a store that keeps what was written, a leader that may be killed between any two of its
 * acts, edges that end a fault when nobody renews it. Time is simulated, in milliseconds; the wall clock may be set.
 */
import { NO_REAL_CALLS } from '../../src/rules/drill/real-calls.ts'
import type { Check } from '../../src/rules/drill/preflight.ts'
import { advance, wantedIn } from '../../src/rules/drill/machine.ts'
import {
  hasFault,
  isFinished,
  type LaneSighting,
  type Run,
  type RunSettings,
  type Seen,
  type TestCall,
} from '../../src/rules/drill/run.ts'
import { readSchedule, type Schedule } from '../../src/rules/drill/schedule.ts'
import { decideSlots, type DecidedSlot, type SlotRules } from '../../src/rules/drill/slots.ts'

export const TICK = 250
export const LEASE = 3000
const SECOND = 1000
const DETECTION = 1300
const FAILBACK = 6000
const RECOVERY = 5000

export type Fault =
  | {
      do: 'kill'
      at: 'before the write' | 'after the write' | 'after one order' | 'before the creation' | 'after the creation'
    }
  | { do: 'switch'; to: 'Off' | 'On' | 'Missing' }
  | { do: 'backup'; isUp: boolean }
  | { do: 'primary'; isUp: boolean }
  | { do: 'edit' }
  | { do: 'abort' }
  | { do: 'rollout' }
  | { do: 'zone' }
  | { do: 'clock'; by: number }
  | { do: 'suspend'; to: boolean }

const settings = (mode: RunSettings['mode']): RunSettings => ({
  ...{ mode, scenario: 'Blackhole', sharePercent: 10, holdSeconds: 10, testCalls: 6, zones: ['a', 'b'] },
  returnsInTime: true,
  limits: { detectMilliseconds: 5000, switchMilliseconds: 10_000, returnSeconds: 30, realCalls: 1_000 },
  abort: { failedCallsPercent: 1, backupFailures: 2, unansweredPercent: 10 },
})

interface Edge {
  zone: string
  fault: boolean
  leaseUntil: number
  injectedAt: number
  endedAt: number
}

export interface Stored {
  slot: number
  run: Run
  verdicts: number
}

export class Simulation {
  now = 0
  wall: number
  term = 1
  leaderBack = 0
  killAt: string | undefined
  killSwitch: 'Off' | 'On' | 'Missing' = 'Off'
  isUp = { backup: true, primary: true }
  spec = 'spec-1'
  isAborted = false
  isRollingOut = false
  lostZones: string[] = []
  isSuspended = false
  since: number
  decidedUntil: number | undefined
  missed = 0
  /** How each slot was decided. */
  readonly outcomes = new Map<number, DecidedSlot['outcome']>()
  /** When the next slot starts, as decided last. */
  nextStart: number | undefined
  readonly drills: Stored[] = []
  readonly created: number[] = []
  readonly problems: string[] = []
  calls: TestCall[] = []
  readonly edges: Edge[] = ['a', 'b'].map((zone) => ({
    zone,
    fault: false,
    leaseUntil: 0,
    injectedAt: 0,
    endedAt: -Infinity,
  }))
  readonly schedule: Schedule
  readonly mode: RunSettings['mode']

  constructor(schedule: string, wall: number, mode: RunSettings['mode'] = 'Synthetic', timeZone = 'Europe/Paris') {
    const read = readSchedule(schedule, timeZone)
    if (!('schedule' in read)) throw new Error(read.problem)
    this.schedule = read.schedule
    this.wall = this.since = wall
    this.mode = mode
  }

  apply(fault: Fault): void {
    if (fault.do === 'kill') this.killAt = fault.at
    else if (fault.do === 'switch') this.killSwitch = fault.to
    else if (fault.do === 'backup' || fault.do === 'primary') this.isUp[fault.do] = fault.isUp
    else if (fault.do === 'edit') this.spec += '+'
    else if (fault.do === 'abort') this.isAborted = true
    else if (fault.do === 'rollout') this.isRollingOut = !this.isRollingOut
    else if (fault.do === 'zone') this.lostZones = this.lostZones.length > 0 ? [] : ['a']
    else if (fault.do === 'clock') this.wall += fault.by
    else this.suspend(fault.to)
  }

  private suspend(to: boolean): void {
    if (to !== this.isSuspended) this.since = Math.max(this.since, this.wall) // a new schedule begins now
    this.isSuspended = to
  }

  /** Everybody acts once, and time passes. */
  tick(): void {
    this.now += TICK
    this.wall += TICK
    for (const edge of this.edges) if (edge.fault && this.now >= edge.leaseUntil) this.endFault(edge)
    if (this.now >= this.leaderBack) this.lead()
    this.check()
  }

  /** Whether nothing happens until the next slot. */
  get isIdle(): boolean {
    return this.drills.every(({ run }) => isFinished(run)) && !this.edges.some(({ fault }) => fault)
  }

  /** Time passes at a stroke. @param milliseconds a multiple of a second */
  pass(milliseconds: number): void {
    this.now += milliseconds
    this.wall += milliseconds
  }

  private endFault(edge: Edge): void {
    edge.fault = false
    edge.endedAt = this.now
  }

  /** @returns whether the leader is dead now */
  private dies(at: string): boolean {
    if (this.killAt !== at) return false
    this.killAt = undefined
    this.term++
    this.leaderBack = this.now + RECOVERY
    return true
  }

  private lead(): void {
    const running = this.drills.find(({ run }) => !isFinished(run))
    if (this.now % SECOND === 0 && this.decide(running !== undefined)) return
    if (running === undefined) return
    const next = advance(running.run, settings(this.mode), this.seen(running.run))
    if (next !== undefined) {
      if (this.dies('before the write')) return
      if (isFinished(next)) running.verdicts++
      running.run = next
      if (this.dies('after the write')) return
    }
    this.order(running.run)
  }

  private rules(): SlotRules {
    return {
      ...{ schedule: this.schedule, suspend: this.isSuspended, uid: 'uid', blackouts: [] },
      ...{ startingDeadlineSeconds: 60, jitterSeconds: 20 },
    }
  }

  /** @returns whether the leader died over it */
  private decide(isRunning: boolean): boolean {
    const started = new Set(this.drills.map(({ slot }) => slot))
    const facts = { now: this.wall, since: this.since, decidedUntil: this.decidedUntil, started, isRunning }
    const decision = decideSlots(this.rules(), facts)
    this.missed += decision.missed
    this.decidedUntil = decision.decidedUntil
    this.nextStart = decision.nextStart
    for (const { slot, outcome } of decision.decided) {
      if (this.outcomes.has(slot)) this.problems.push(`${this.now}: the slot ${slot} was decided twice`)
      this.outcomes.set(slot, outcome)
    }
    if (decision.due === undefined) return false
    if (this.dies('before the creation')) return true
    this.create(decision.due)
    return this.dies('after the creation')
  }

  /** The name follows from the slot, so a second creation finds the first. */
  private create(slot: number): void {
    if (this.drills.some((drill) => drill.slot === slot)) return
    this.created.push(slot)
    this.calls = []
    this.isAborted = false
    const run: Run = {
      state: 'Pending',
      term: this.term,
      at: { Pending: this.now },
      specDigest: this.spec,
      routesDigest: 'routes',
    }
    this.drills.push({ slot, run, verdicts: 0 })
  }

  private order(run: Run): void {
    const { lane, calls } = wantedIn(run, settings(this.mode), this)
    for (const edge of this.edges) {
      const fault = lane?.view === 'Drill' && lane.fault !== 'None'
      if (fault && !edge.fault) edge.injectedAt = this.now
      if (!fault && edge.fault) this.endFault(edge)
      edge.fault = fault
      edge.leaseUntil = this.now + LEASE
      if (this.dies('after one order')) return
    }
    if (calls === undefined) return
    for (const { zone } of this.edges) {
      const own = this.calls.filter(
        (call) => call.during === run.state && call.zone === zone && call.route === calls.route,
      )
      if (own.length < calls.inEachZone * 2) this.calls.push(this.call(zone, run, calls.route))
    }
  }

  /** Before its fault is detected the lane still tries the primary, and the edge fails over within the call. */
  private call(zone: string, { state }: Run, route: 'Primary' | 'Backup'): TestCall {
    const good = this.isUp[route === 'Primary' ? 'primary' : 'backup']
    return { route, zone, during: state, begun: this.now, answered: good ? this.now + 100 : undefined, good }
  }

  private laneOf({ zone, fault, injectedAt, endedAt }: Edge): LaneSighting {
    const isDown = fault && this.now - injectedAt >= DETECTION
    const isBack = !fault && this.now - endedAt >= FAILBACK
    return {
      ...{ zone, lane: isDown ? 'Down' : fault || !isBack ? 'Unknown' : 'Up' },
      ...{ detectedAfter: injectedAt > 0 && endedAt !== this.now ? DETECTION : undefined, isHeld: false },
    }
  }

  private seen({ state }: Run): Seen {
    const checks: Check[] = this.isUp.backup
      ? []
      : [{ name: 'RoutesAnswer', result: 'Failed', reason: 'BackupDown', message: 'the backup does not answer' }]
    return {
      ...{
        now: this.now,
        term: this.term,
        killSwitch: this.killSwitch,
        specDigest: this.spec,
        routesDigest: 'routes',
        checks,
        lease: 'Granted',
      },
      ...{ desired: this.isAborted ? 'Abort' : 'Run', isRollingOut: this.isRollingOut, lostZones: this.lostZones },
      ...{ isIncident: state !== 'Pending' && !this.isUp.primary, lanes: this.edges.map((edge) => this.laneOf(edge)) },
      ...{ calls: this.calls, real: { ...NO_REAL_CALLS, met: 3, answered: 3 } },
    }
  }

  /** What must be so at every moment. */
  private check(): void {
    const running = this.drills.find(({ run }) => !isFinished(run))
    const lastEnd = Math.max(-Infinity, ...this.drills.map(({ run }) => run.at[run.state] ?? -Infinity))
    for (const edge of this.edges.filter(({ fault }) => fault)) {
      const isWanted = running !== undefined && hasFault(running.run.state)
      if (!isWanted && this.now - lastEnd > LEASE)
        this.problems.push(`${this.now}: ${edge.zone} has a fault that no drill wants`)
      if (this.now >= edge.leaseUntil) this.problems.push(`${this.now}: ${edge.zone} has a fault that nobody renewed`)
    }
    for (const { slot, verdicts, run } of this.drills) {
      if (verdicts > 1) this.problems.push(`${this.now}: the drill of ${slot} has ${verdicts} results`)
      if (isFinished(run) !== (verdicts === 1))
        this.problems.push(`${this.now}: the drill of ${slot} ended without a result`)
    }
    if (new Set(this.created).size < this.created.length) this.problems.push(`${this.now}: a slot was run twice`)
    if (this.drills.filter(({ run }) => !isFinished(run)).length > 1) this.problems.push(`${this.now}: two drills run`)
  }
}
