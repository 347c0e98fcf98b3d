import { randomUUID } from 'node:crypto'
import type { DrillState } from '../../api/failover-drill-status.ts'
import type { TestCall, WantedCalls } from '../../rules/drill/run.ts'
import type { TestCallOrder } from '../../rules/test-call.ts'
import type { Addressed } from '../observe/pod-poller.ts'

/** How an ordered call went, as far as the operator has to know. */
export interface CallResult {
  outcome: 'Passed' | 'Failed' | 'CalledOff'
  finding: string
  /** By which trunk it was answered. */
  trunk: string | undefined
  /** From the first INVITE; undefined: it was not answered. */
  answerMilliseconds: number | undefined
}

/** Gone: the pod does not know the order, or does not answer. */
export type CallView = { state: 'Running' } | { state: 'Done'; result: CallResult } | { state: 'Gone' }

export interface CallsOptions {
  /** PUT /test-calls/ID. False: the pod does not take it now. Never throws. */
  order: (pod: Addressed, id: string, order: TestCallOrder) => Promise<boolean>
  /** GET /test-calls/ID. Never throws. */
  ask: (pod: Addressed, id: string) => Promise<CallView>
  monotonic: () => number
}

interface Placed {
  readonly id: string
  readonly pod: Addressed
  readonly zone: string
  readonly edge: CallToPlace['edge']
  readonly route: WantedCalls['route']
  readonly during: DrillState
  readonly begun: number
  readonly until: number
}

/** What one zone is to have: by which edge, in which state of the drill. */
export interface CallToPlace {
  readonly zone: string
  /** Of the edge. */
  readonly edge: { readonly uid: string; readonly name: string; readonly ip: string }
  readonly route: WantedCalls['route']
  readonly during: DrillState
}

export type EndedCall = TestCall & { readonly edge: CallToPlace['edge']; readonly finding: string }

/** Between two calls of a zone, milliseconds: a lane may need a moment. */
const PAUSE_MS = 750
/** A pod that says nothing of a call for so long after its time is over has lost it. Milliseconds. */
const PATIENCE_MS = 5_000
/** What says something of the caller, and nothing of what was called. */
const OUR_OWN = new Set(['NoPort', 'Stalled', 'CalledOff', 'TooMany', 'Bug', 'NoEdge'])

/** The test calls of one drill: each zone has one at a time. */
export function createPlacedCalls(o: CallsOptions) {
  const placed = new Map<string, Placed>()
  const lastIn = new Map<string, number>()
  let turn = 0

  return {
    isFree: (zone: string): boolean => !placed.has(zone) && o.monotonic() - (lastIn.get(zone) ?? -Infinity) >= PAUSE_MS,

    /** By the next pod that takes it. */
    async place(call: CallToPlace, pods: readonly Addressed[], order: TestCallOrder): Promise<void> {
      if (pods.length === 0) return
      const pod = pods[turn++ % pods.length]!
      const [id, begun] = [randomUUID(), o.monotonic()]
      lastIn.set(call.zone, begun)
      if (!(await o.order(pod, id, { ...order, edge: call.edge.ip, seed: id }))) return
      const until = begun + order.maxSeconds * 1_000 + PATIENCE_MS
      const { zone, route, during } = call
      placed.set(zone, { ...{ id, pod, zone, route, during, begun, until }, edge: call.edge })
    },

    /** Those that have ended since. Of what failed for a reason of ours there is nothing to report. @param primary name of its trunk */
    async collect(primary: string): Promise<EndedCall[]> {
      const ended = await Promise.all([...placed.values()].map((call) => collectOne(call, primary)))
      return ended.filter((call) => call !== undefined)
    },
  }

  async function collectOne(call: Placed, primary: string): Promise<EndedCall | undefined> {
    const view = await o.ask(call.pod, call.id)
    if (view.state !== 'Done') {
      const isLost = o.monotonic() > call.until
      if (isLost) placed.delete(call.zone)
      return undefined
    }
    placed.delete(call.zone)
    const { outcome, finding, trunk, answerMilliseconds } = view.result
    if (OUR_OWN.has(finding)) return undefined
    const { zone, during, begun, edge } = call
    const route = trunk === undefined ? 'Other' : trunk === primary ? 'Primary' : 'Backup'
    return {
      ...{ route, zone, during, begun, edge, finding, good: outcome === 'Passed' && trunk !== undefined },
      answered: answerMilliseconds === undefined ? undefined : begun + answerMilliseconds,
    }
  }
}
