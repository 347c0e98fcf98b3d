import { intern } from '../../kube/intern.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import { pollIntervalSeconds, isBusy, pollClassOf, type PollClass, type PodState } from '../../rules/call-statistics.ts'
import { type CallPolicy, orderFor, policyDigest, type PolicyOrder, type PolicyTold } from '../../rules/policy-order.ts'
import type { Caches } from './caches.ts'
import type { CallsStore } from './pod-calls.ts'
import type { CachedPod } from './projections.ts'

export type Addressed = CachedPod & { ip: string }

export interface CallsPollerOptions {
  caches: Pick<Caches, 'pods'>
  store: CallsStore
  /**
   * GET /state of a pod; undefined when it doesn't answer. Never throws. `keep`: it will be asked again soon. `order`: the policy that it
   * has to go by.
   */
  ask: (pod: Addressed, keep: boolean, order: PolicyOrder | undefined) => Promise<PodState | undefined>
  /** What the pod's calls shall go by; undefined: what they go by now. */
  policyOf: (pod: Addressed) => CallPolicy | undefined
  /** Only who leads asks: who stands by would not be allowed to tell. */
  mayAsk: () => boolean
  clock: Clock
  chance: () => number
}

/** How often it is looked whose turn it is, in milliseconds. */
const TICK_MS = 250
/** Requests under way at once: so many handshakes are held in memory, and 128 are begun in a second at most. */
const MOST_AT_ONCE = 32
/** After so many failures in a row what a pod told is no longer believed. */
const FORGOTTEN_AFTER = 3

/** A pod that goes by another policy than it received gets it again after this time. */
const ORDER_AGAIN_SECONDS = 1

interface Turn {
  bot: string
  /** Monotonic milliseconds. */
  dueAt: number
  failures: number
  busy: boolean
  asking: boolean
  /** The policy that it said it goes by, when it was last asked. */
  told: PolicyTold | undefined
  /** It is asked again at once when it has answered. */
  again: boolean
  /** It was never asked. */
  isNew: boolean
  /** When the pod was last there. */
  seenAt: number
}

/** Asks every pod how its calls are, busy ones often, idle ones seldom, dead ones hardly. */
export function createCallsPoller(o: CallsPollerOptions) {
  const turns = new Map<string, Turn>()
  let underWay = 0

  const askOne = async (pod: Addressed, turn: Turn, counts: Record<PollClass, number>) => {
    turn.asking = true
    turn.again = false
    underWay++
    const policy = o.policyOf(pod)
    const state = await o.ask(pod, turn.busy, policy && orderFor(policy, turn.told, o.clock.wall()))
    underWay--
    turn.asking = false
    notNew(o.store, turn)
    turn.failures = state === undefined ? turn.failures + 1 : 0
    turn.told = state?.policy
    if (state !== undefined || turn.failures >= FORGOTTEN_AFTER) {
      o.store.record(turn.bot, pod.uid, state && { ...state, configuration: pod.configuration })
    }
    noteBusy(turn, isBusy(state, o.clock.wall()), turns.values())
    const seconds = secondsToOrder(turn, policy) ?? pollIntervalSeconds(turn, counts, o.chance())
    turn.dueAt = o.clock.monotonic() + seconds * 1000
  }

  const begin = (pod: Addressed, turn: Turn): Turn => {
    turns.set(pod.uid, turn)
    o.store.expect(turn.bot)
    return turn
  }

  /** Whose turn it is, by the time that they have waited. */
  const dueTurns = (now: number, counts: Record<PollClass, number>) => {
    const due: [Addressed, Turn][] = []
    for (const pod of o.caches.pods.list()) {
      if (!isAddressed(pod)) continue
      const turn = turns.get(pod.uid) ?? begin(pod, firstTurn(pod, now, o.chance()))
      turn.seenAt = now
      counts[pollClassOf(turn)]++
      if (!turn.asking && turn.dueAt <= now) due.push([pod, turn])
    }
    return due.sort(([, a], [, b]) => a.dueAt - b.dueAt)
  }

  const tick = () => {
    const now = o.clock.monotonic()
    const counts = { busy: 0, idle: 0, silent: 0 }
    const due = dueTurns(now, counts)
    for (const [pod, turn] of due.slice(0, MOST_AT_ONCE - underWay)) void askOne(pod, turn, counts)
    for (const [uid, turn] of turns) {
      if (turn.seenAt === now) continue
      turns.delete(uid)
      notNew(o.store, turn)
      o.store.record(turn.bot, uid, undefined)
    }
    o.store.refresh()
  }

  return {
    /** Asks the pods of a namespace now: they have something to hear. */
    hasten: (namespace: string): void => hasten(turns.values(), namespace),
    /** Goes on until the signal aborts. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        if (o.mayAsk()) tick()
        await pause(o.clock, TICK_MS, signal)
      }
    },
  }
}

/** The store waits for a pod until it was asked once, or is gone. */
function notNew(store: CallsStore, turn: Turn): void {
  if (turn.isNew) store.asked(turn.bot)
  turn.isNew = false
}

function hasten(turns: Iterable<Turn>, namespace: string): void {
  for (const turn of turns) {
    if (!turn.bot.startsWith(`${namespace}/`)) continue
    turn.again = true
    turn.dueAt = -Infinity
  }
}

/** When a pod receives a policy that it does not go by yet; undefined: it does. */
function secondsToOrder({ again, told }: Turn, policy: CallPolicy | undefined): number | undefined {
  if (again) return 0
  const isOutdated = policy !== undefined && told !== undefined && told.digest !== policyDigest(policy)
  return isOutdated ? ORDER_AGAIN_SECONDS : undefined
}

/** Where one pod of a bot has a call again, the others may have one, too: a peak is to be seen in seconds. */
function noteBusy(turn: Turn, busy: boolean, all: Iterable<Turn>): void {
  const begins = busy && !turn.busy
  turn.busy = busy
  for (const other of begins ? all : []) if (other.bot === turn.bot && !other.asking) other.dueAt = -Infinity
}

const firstTurn = (pod: CachedPod, now: number, chance: number): Turn => ({
  bot: intern(`${pod.namespace}/${pod.bot}`),
  dueAt: now + chance * 2_000,
  failures: 0,
  busy: false,
  asking: false,
  told: undefined,
  again: false,
  isNew: true,
  seenAt: now,
})

/** Draining pods too: they have the last calls. A pod that isn't ready may tell why. */
export const isAddressed = (pod: CachedPod): pod is Addressed => pod.ip !== undefined && pod.bot !== '' && pod.running
