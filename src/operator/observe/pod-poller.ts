import { intern } from '../../kube/intern.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import { pollIntervalSeconds, isBusy, pollClassOf, type PollClass, type PodState } from '../../rules/call-statistics.ts'
import type { Caches } from './caches.ts'
import type { CallsStore } from './pod-calls.ts'
import type { CachedPod } from './projections.ts'

export type Addressed = CachedPod & { ip: string }

export interface CallsPollerOptions {
  caches: Pick<Caches, 'pods'>
  store: CallsStore
  /** GET /state of a pod; undefined when it doesn't answer. Never throws. `keep`: it will be asked again soon. */
  ask: (pod: Addressed, keep: boolean) => Promise<PodState | undefined>
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

interface Turn {
  bot: string
  /** Monotonic milliseconds. */
  dueAt: number
  failures: number
  busy: boolean
  asking: boolean
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
    underWay++
    const state = await o.ask(pod, turn.busy)
    underWay--
    turn.asking = false
    notNew(turn)
    turn.failures = state === undefined ? turn.failures + 1 : 0
    if (state !== undefined || turn.failures >= FORGOTTEN_AFTER) {
      o.store.record(turn.bot, pod.uid, state && { ...state, configuration: pod.configuration })
    }
    noteBusy(turn, isBusy(state, o.clock.wall()), turns.values())
    turn.dueAt = o.clock.monotonic() + pollIntervalSeconds(turn, counts, o.chance()) * 1000
  }

  /** The store waits for a pod until it was asked once, or is gone. */
  const notNew = (turn: Turn) => {
    if (turn.isNew) o.store.asked(turn.bot)
    turn.isNew = false
  }

  const begin = (pod: Addressed, now: number): Turn => {
    const turn = firstTurn(pod, now, o.chance())
    turns.set(pod.uid, turn)
    o.store.expect(turn.bot)
    return turn
  }

  /** Whose turn it is, by the time that they have waited. */
  const dueTurns = (now: number, counts: Record<PollClass, number>) => {
    const due: [Addressed, Turn][] = []
    for (const pod of o.caches.pods.list()) {
      if (!isAddressed(pod)) continue
      const turn = turns.get(pod.uid) ?? begin(pod, now)
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
      notNew(turn)
      o.store.record(turn.bot, uid, undefined)
    }
    o.store.refresh()
  }

  return {
    /** Goes on until the signal aborts. */
    async run(signal: AbortSignal): Promise<void> {
      while (!signal.aborted) {
        if (o.mayAsk()) tick()
        await pause(o.clock, TICK_MS, signal)
      }
    },
  }
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
  isNew: true,
  seenAt: now,
})

/** Draining pods too: they have the last calls. A pod that isn't ready may tell why. */
export const isAddressed = (pod: CachedPod): pod is Addressed => pod.ip !== undefined && pod.bot !== '' && pod.running
