import { randomUUID } from 'node:crypto'
import type { DrillState } from '../../api/failover-drill-status.ts'
import type { TestCall, WantedCalls } from '../../rules/drill/run.ts'
import type { Addressed } from '../observe/pod-poller.ts'
import type { CallView, LaneHolder, LaneOwner, Test } from './lane-kind.ts'

export interface CallsOptions {
  /** How a test goes that the pod took. Never throws. */
  ask: (pod: Addressed, id: string) => Promise<CallView>
  monotonic: () => number
}

interface Placed {
  readonly id: string
  readonly pod: Addressed
  readonly zone: string
  readonly holder: LaneHolder
  readonly route: WantedCalls['route']
  readonly during: DrillState
  readonly begun: number
  readonly until: number
}

/** What one zone is to have: through whose lane, in which state of the drill. */
export interface CallToPlace {
  readonly zone: string
  readonly holder: LaneHolder
  readonly route: WantedCalls['route']
  readonly during: DrillState
}

export type EndedCall = TestCall & {
  readonly holder: LaneHolder
  /** The trunk or endpoint that was used; undefined: none. */
  readonly part: string | undefined
  readonly finding: string
}

/** The names of the trunks or endpoints that are drilled: the backup is the first one. */
type DrilledNames = Pick<LaneOwner, 'primary' | 'backup'>

/** Between two tests of a zone, milliseconds: a lane may need a moment. */
const PAUSE_MS = 750
/** A pod that says nothing of a test for so long after its time is over has lost it. Milliseconds. */
const PATIENCE_MS = 5_000
/** What says something of the caller, and nothing of what was called. */
const OUR_OWN = new Set(['NoPort', 'Stalled', 'CalledOff', 'TooMany', 'Bug', 'NoEdge', 'NoLease'])

/** The tests of one drill: each zone has one at a time. */
export function createPlacedCalls(o: CallsOptions) {
  const placed = new Map<string, Placed>()
  const lastIn = new Map<string, number>()
  let turn = 0

  return {
    isFree: (zone: string): boolean => !placed.has(zone) && o.monotonic() - (lastIn.get(zone) ?? -Infinity) >= PAUSE_MS,

    /** By the next pod that takes it. */
    async place(call: CallToPlace, { pods, maxSeconds, place }: Test): Promise<void> {
      if (pods.length === 0) return
      const pod = pods[turn++ % pods.length]!
      const [id, begun] = [randomUUID(), o.monotonic()]
      lastIn.set(call.zone, begun)
      if (!(await place(pod, id))) return
      placed.set(call.zone, { ...call, id, pod, begun, until: begun + maxSeconds * 1_000 + PATIENCE_MS })
    },

    /** Those that have ended since. Of what failed for a reason of ours there is nothing to report. */
    async collect(drilled: DrilledNames): Promise<EndedCall[]> {
      const ended = await Promise.all([...placed.values()].map((call) => collectOne(call, drilled)))
      return ended.filter((call) => call !== undefined)
    },
  }

  async function collectOne(call: Placed, drilled: DrilledNames): Promise<EndedCall | undefined> {
    const view = await o.ask(call.pod, call.id)
    if (view.state !== 'Done') {
      const isLost = o.monotonic() > call.until
      if (isLost) placed.delete(call.zone)
      return undefined
    }
    placed.delete(call.zone)
    const { outcome, finding, part, answerMilliseconds } = view.result
    if (OUR_OWN.has(finding)) return undefined
    const { zone, during, begun, holder } = call
    const route = routeBy(part, drilled)
    const good = outcome === 'Passed' && route !== 'Other'
    const isElsewhere = part !== undefined && route === 'Other'
    return {
      ...{ route, zone, during, begun, holder, part, good },
      finding: isElsewhere ? `OtherPart, for ${drilled.backup} is the first backup` : finding,
      answered: answerMilliseconds === undefined ? undefined : begun + answerMilliseconds,
    }
  }
}

function routeBy(part: string | undefined, { primary, backup }: DrilledNames): TestCall['route'] {
  if (part === primary) return 'Primary'
  return part === backup ? 'Backup' : 'Other'
}
