import { systemClock } from '../kube/clock.ts'
import type { Parts } from './assemble.ts'
import { watchCalls } from './callMetrics.ts'
import type { Caches } from './observe/caches.ts'
import type { Observatory } from './observe/callbot.ts'
import { createCallsBoard } from './observe/calls.ts'
import { createIdleCheck, type AreIdle } from './observe/idle.ts'
import { createCallsPoller } from './observe/poll.ts'
import { createZoneProber } from './observe/zones.ts'
import { createBotProbe, type OwnIdentity } from './probe.ts'
import { createStateClient } from './state.ts'
import type { Work } from './work.ts'

/** What the operator asks pods itself: whether zones answer, and how calls are. */
export interface Watchers {
  /** Both go on until the signal aborts. */
  run(signal: AbortSignal): void
  seen: Pick<Observatory, 'answering' | 'calls' | 'demand' | 'callsOf'>
  areIdle: AreIdle
}

export function createWatchers(o: {
  parts: Parts
  caches: Caches
  identity: OwnIdentity
  /** Every CA certificate to trust, PEM. */
  bundle: () => string
  work: Work
}): Watchers {
  const { parts, caches, identity, bundle, work } = o
  const clock = systemClock
  const prober = createZoneProber({
    caches,
    probe: createBotProbe(identity, bundle, clock),
    clock,
    onChange: (zone, answering) => work.zoneChanged(zone, answering),
  })
  const wake = (bot: string) => work.wake.bot(bot, 'soon')
  const board = createCallsBoard({ now: clock.wall, onChange: wake, onDemand: wake })
  const ask = createStateClient(identity, bundle)
  const poller = createCallsPoller({
    caches,
    board,
    ask,
    mayAsk: () => work.leads(),
    clock,
    chance: Math.random,
  })
  watchCalls(parts.metrics.registry, board)
  return {
    run(signal) {
      void prober.run(signal)
      void poller.run(signal)
    },
    seen: {
      answering: prober.answering,
      calls: board.shown,
      demand: board.demand,
      callsOf: (bot, podUid) => board.state(bot, podUid)?.calls,
    },
    areIdle: createIdleCheck({ caches, board, ask }),
  }
}
