import { createApplier } from '../../src/kube/applier.ts'
import { silent } from '../../src/runtime/log.ts'
import type { Hands } from '../../src/operator/apply/callbot.ts'
import { createCaches, type Caches } from '../../src/operator/observe/caches.ts'
import { createCallsBoard } from '../../src/operator/observe/pod-calls.ts'
import type { Operator } from '../../src/operator/reconcile/callbot.ts'
import { MANAGER } from '../../src/operator/render/manifest.ts'
import type { useApiServer } from './api-server.ts'
import { aWorld } from './builders.ts'

type Board = ReturnType<typeof createCallsBoard>

/** An operator whose cycles the test runs itself, on a real API server; of pods it knows what the test writes on the board. */
export async function startOperator(o: {
  api: ReturnType<ReturnType<typeof useApiServer>>
  /** Its own and that of the bots. */
  namespace: string
  signal: AbortSignal
  areIdle: (known: { caches: Caches; board: Board }) => Hands['areIdle']
  announce?: Operator['announce']
}): Promise<{ operator: Operator; caches: Caches; board: Board }> {
  const { namespace } = o
  const { transport, kube } = o.api
  const wake = { bot: () => {}, integration: () => {}, notServed: () => {}, everyBot: () => {} }
  const caches = createCaches({ transport, log: silent, operatorNamespace: namespace, wake })
  for (const informer of caches.all) informer.start(o.signal)
  await Promise.all(caches.all.map((informer) => informer.synced()))
  const board = createCallsBoard({ now: Date.now, onChange: () => {}, onDemand: () => {} })
  const operator: Operator = {
    observatory: {
      caches,
      settings: { ...aWorld().world.settings, operatorNamespace: namespace },
      authority: () => undefined,
      answering: () => undefined,
      calls: board.shown,
      demand: board.demand,
      callsOf: (bot, uid) => board.state(bot, uid)?.calls,
      lookouts: { routes: () => undefined, edges: () => [], pods: () => [] },
    },
    hands: {
      kube,
      applier: createApplier({ kube, fieldManager: MANAGER }),
      caches,
      authority: () => ({}),
      leafLifetimeSeconds: 3_600,
      checkDialog: () => ({ errors: [] }),
      refusals: new Map(),
      areIdle: o.areIdle({ caches, board }),
    },
    followRoute: () => {},
    announce: o.announce ?? (() => {}),
    wallClock: Date.now,
  }
  return { operator, caches, board }
}
