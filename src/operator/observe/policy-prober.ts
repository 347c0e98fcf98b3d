/** Tries to connect to pods where their NetworkPolicy lets nobody connect: an API server takes policies that nothing enforces. */
import type { PolicyEvidence } from '../../rules/closed-port.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { Caches } from './caches.ts'
import { type Addressed, isAddressed } from './pod-poller.ts'

export interface PolicyProberOptions {
  caches: Pick<Caches, 'bots' | 'pods'>
  /** Where the pod says that it listens and nobody may connect. Undefined: it does not say. */
  closedPortOf: (pod: Addressed) => number | undefined
  /** Whether a connection is made. Never throws. */
  connects: (pod: Addressed, port: number) => Promise<boolean>
  /** A port at which the policy lets the operator connect: who does not answer there shows nothing. */
  openPort: number
  mayAsk: () => boolean
  clock: Clock
  /** Something else is known of a bot (`namespace/name`). */
  onChange: (bot: string) => void
}

export interface PolicyProber {
  /** What the newest tries showed of a bot. */
  of(bot: string): PolicyEvidence
  /** Goes on until the signal aborts. */
  run(signal: AbortSignal): Promise<void>
}

/** One pod of each bot in each round. */
const ROUND_MS = 30_000
const AT_ONCE = 32
/** Some network plugins take seconds before they protect a new pod: only who is reached again after this time was not protected. */
const PATIENCE_MS = 25_000

interface Known {
  shown: PolicyEvidence
  /** A pod that was reached, and since when. It is tried until it is not reached, or is gone. */
  reached: { uid: string; since: number } | undefined
  /** Whose turn it is among the pods of the bot. */
  turn: number
}

export function createPolicyProber(o: PolicyProberOptions): PolicyProber {
  const bots = new Map<string, Known>()

  const probe = async (bot: string): Promise<void> => {
    const known = bots.get(bot) ?? { shown: undefined, reached: undefined, turn: 0 }
    bots.set(bot, known)
    const pod = nextPod(o, bot, known)
    const port = pod && o.closedPortOf(pod)
    if (pod === undefined || port === undefined) return
    const found = (await o.connects(pod, port))
      ? judgeReached(known, pod.uid, o.clock.monotonic())
      : await judgeRefused(o, known, pod)
    if (found === undefined || found === known.shown) return
    known.shown = found
    o.onChange(bot)
  }

  const round = async (): Promise<void> => {
    const waiting = [...o.caches.bots.list()].map(({ namespace, name }) => `${namespace}/${name}`)
    const left = new Set(waiting)
    for (const bot of bots.keys()) if (!left.has(bot)) bots.delete(bot)
    const probeNext = async () => {
      for (let bot = waiting.pop(); bot !== undefined; bot = waiting.pop()) await probe(bot)
    }
    await Promise.all(Array.from({ length: AT_ONCE }, probeNext))
  }

  return {
    of: (bot) => bots.get(bot)?.shown,
    async run(signal) {
      while (!signal.aborted) {
        if (o.mayAsk()) await round()
        await pause(o.clock, ROUND_MS, signal)
      }
    },
  }
}

/** Each in its turn, since each node enforces policies by itself; one that was reached, until it is not. */
function nextPod({ caches }: PolicyProberOptions, bot: string, known: Known): Addressed | undefined {
  const pods = caches.pods.byIndex('bot', bot).filter(isAddressed)
  const candidates = pods.filter(({ ready, terminating }) => ready && !terminating)
  const again = candidates.find(({ uid }) => uid === known.reached?.uid)
  return again ?? candidates[known.turn++ % candidates.length]
}

function judgeReached(known: Known, uid: string, now: number): PolicyEvidence {
  if (known.reached?.uid !== uid) known.reached = { uid, since: now }
  return now - known.reached.since >= PATIENCE_MS ? 'NotEnforced' : undefined
}

/** A pod that answers nowhere proves nothing. */
async function judgeRefused({ connects, openPort }: PolicyProberOptions, known: Known, pod: Addressed) {
  if (!(await connects(pod, openPort))) return undefined
  known.reached = undefined
  return 'Enforced' as const
}
