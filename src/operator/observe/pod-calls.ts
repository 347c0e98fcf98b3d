import { share } from '../../kube/intern.ts'
import {
  isSameStatus,
  statusIntervalSeconds,
  summariseCalls,
  withEnded,
  withStableMessage,
  isBusy,
  type CallsEnded,
  type CallsFacts,
  type PodState,
} from '../../rules/call-statistics.ts'
import { demandOf, noDemand, withSeen, type Demand, type DemandHistory } from '../../rules/scaling/demand.ts'

/** A bot without pods that tell is forgotten after this time: by then its status says so. */
const FORGET_MS = 60_000

/** What is known of one bot's calls. */
interface BotCalls {
  pods: Map<string, PodState>
  history: CallsEnded[]
  demand: DemandHistory
  /** What the status may show now: it follows what is known at a pace that the API server can bear. */
  shown: CallsFacts | undefined
  shownAt: number
  /** A pod told something else than before, or a fault is to be forgotten in time. */
  hasChanged: boolean
  /** Since this process began, over pods that have gone too. */
  answered: number
  failed: number
}

export interface CallsStore {
  /** A pod will be asked for the first time. Nothing of its bot is shown before: a part of the calls would look like a change. */
  expect(bot: string): void
  /** It was asked, and has reported or not. */
  asked(bot: string): void
  /** A pod told, or (undefined) can't be reached any more. */
  record(bot: string, podUid: string, state: PodState | undefined): void
  /** Shows what is newer for every bot whose turn it is. */
  refresh(): void
  shown(bot: string): CallsFacts | undefined
  /** What its pods shall follow, at once. */
  demand(bot: string): Demand | undefined
  state(bot: string, podUid: string): PodState | undefined
  /** For metrics: every bot of whose pods one has reported. */
  totals(): Iterable<{ bot: string; calls: number; places: number; answered: number; failed: number }>
}

export interface CallsStoreOptions {
  /** Epoch milliseconds. */
  now: () => number
  /** What people see of a bot's calls has changed. */
  onChange: (bot: string) => void
  /** A bot has more or fewer calls, or no place for a caller. */
  onDemand: (bot: string) => void
}

/** Keeps what pods report about their calls, and shows it to the status at a pace that doesn't grow with the calls. */
export function createCallsStore({ now, onChange, onDemand }: CallsStoreOptions): CallsStore {
  const bots = new Map<string, BotCalls>()
  /** How many pods of a bot were never asked. */
  const awaited = new Map<string, number>()
  const newBotCalls = (): BotCalls => ({
    pods: new Map(),
    history: [],
    demand: noDemand(now()),
    shown: undefined,
    shownAt: -Infinity,
    hasChanged: true,
    answered: 0,
    failed: 0,
  })
  return {
    expect: (bot) => void awaited.set(bot, (awaited.get(bot) ?? 0) + 1),
    asked(bot) {
      const left = (awaited.get(bot) ?? 1) - 1
      if (left > 0) awaited.set(bot, left)
      else awaited.delete(bot)
    },
    record(bot, podUid, state) {
      const known = bots.get(bot)
      if (known === undefined && state === undefined) return
      const calls = known ?? newBotCalls()
      bots.set(bot, calls)
      if (note(calls, podUid, state, now())) onDemand(bot)
    },
    refresh() {
      const at = now()
      const busy = [...bots.values()].filter(({ pods }) => [...pods.values()].some((pod) => isBusy(pod, at))).length
      const pace = statusIntervalSeconds(busy) * 1000
      for (const [bot, calls] of bots) {
        if (!calls.hasChanged || awaited.has(bot) || at - calls.shownAt < pace) continue
        calls.history = withEnded(calls.history, undefined, undefined, at)
        calls.hasChanged = calls.history.length > 0
        const facts = withStableMessage(calls.shown, summariseCalls([...calls.pods.values()], calls.history))
        if (isSameStatus(calls.shown, facts)) continue
        calls.shown = facts.calls === 0 && facts.answered === 0 ? share(facts) : facts // most bots are idle alike
        calls.shownAt = at
        onChange(bot)
      }
      for (const [bot, { pods, shown }] of bots) {
        if (pods.size === 0 && shown?.reporting === 0 && at - bots.get(bot)!.shownAt > FORGET_MS) bots.delete(bot)
      }
    },
    shown: (bot) => bots.get(bot)?.shown,
    demand(bot) {
      const known = bots.get(bot)
      return known === undefined || known.pods.size === 0 ? undefined : demandOf(known.demand, now())
    },
    state: (bot, podUid) => bots.get(bot)?.pods.get(podUid),
    *totals() {
      for (const [bot, { pods, answered, failed }] of bots) {
        yield { bot, calls: liveCalls(pods), places: placesOf(pods), answered, failed }
      }
    },
  }
}

const placesOf = (pods: BotCalls['pods']) =>
  [...pods.values()].reduce((sum, { places = 0, draining }) => sum + (draining ? 0 : places), 0)
const liveCalls = (pods: BotCalls['pods']) => [...pods.values()].reduce((sum, pod) => sum + pod.calls, 0)

/** Whether callers ask for more or less than before. */
function note(calls: BotCalls, podUid: string, state: PodState | undefined, at: number): boolean {
  const before = calls.pods.get(podUid)
  noteState(calls, podUid, before, state, at)
  const turnedAway = before !== undefined && state !== undefined && state.refused > before.refused
  const { calls: were } = calls.demand
  calls.demand = withSeen(calls.demand, { calls: liveCalls(calls.pods), turnedAway }, at)
  return turnedAway || before?.calls !== state?.calls || calls.demand.calls !== were
}

function noteState(
  calls: BotCalls,
  podUid: string,
  before: PodState | undefined,
  state: PodState | undefined,
  at: number,
): void {
  calls.hasChanged ||= JSON.stringify(before) !== JSON.stringify(state)
  if (state === undefined) return void calls.pods.delete(podUid)
  calls.pods.set(podUid, state)
  calls.history = withEnded(calls.history, before, state, at)
  if (before === undefined) return
  calls.answered += Math.max(0, state.answered - before.answered)
  calls.failed += Math.max(0, state.failed - before.failed)
}
