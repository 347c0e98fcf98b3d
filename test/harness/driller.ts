/** Drills an edge as the operator would: an order each second, with the nonce of the answer before, and calls that are marked. */
import type { Leases } from '../../src/edge/apply/drill-leases.ts'
import type { OrderOutcome } from '../../src/rules/drill/lease.ts'
import { NO_LIMIT, type DrillOrder } from '../../src/rules/drill/order.ts'
import type { BotCaller } from './bot-caller.ts'
import type { Attempt } from './plain-caller.ts'

export const DRILL = 'c0ffee00-0000-4000-8000-000000000001'
export const TEST_NUMBER = '+33144444400'

export const anOrder = (nonce: string, change: Partial<DrillOrder> = {}): DrillOrder => ({
  ...{ integration: 'lilas/standard', drill: DRILL, term: 1, nonce, ttlMilliseconds: 3_000 },
  ...{ fault: 'None', side: 'Primary', to: TEST_NUMBER, sharePercent: 0, mostRealCalls: NO_LIMIT },
  ...change,
})

export interface Driller {
  /** From now on, once a second until `stop`. Resolves when the edge has it. */
  hold(change?: Partial<DrillOrder>): Promise<void>
  /** No order follows; what the edge has goes on. */
  stop(): void
  /** Ends the lease. */
  end(): Promise<void>
}

/** @throws what an edge refuses is a fault of the test */
export function startDriller(leases: Leases): Driller {
  let timer: NodeJS.Timeout | undefined
  const send = async (change: Partial<DrillOrder>): Promise<void> => {
    const outcome: OrderOutcome = await leases.order(anOrder(leases.nonce(), change))
    if (outcome.kind !== 'Given' && outcome.kind !== 'Ended') throw new Error(JSON.stringify(outcome))
  }
  const stop = () => clearInterval(timer)
  return {
    stop,
    async hold(change = {}) {
      stop()
      await send(change)
      timer = setInterval(() => void send(change), 1_000)
    },
    async end() {
      stop()
      await send({ ttlMilliseconds: 0 })
    },
  }
}

/** A test call, as a bot's pod places it. */
export const markedCall = (bot: BotCaller, number = TEST_NUMBER, drill = DRILL): Attempt =>
  bot.call(number, { headers: [`X-Callbot-Drill: ${drill}`] })
