import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { type CallPolicy, policyDigest, type PolicyTold, readOrder } from '../../rules/policy-order.ts'
import type { Log } from '../../runtime/log.ts'

/** What the calls of a pod go by. */
export interface PodPolicy {
  /** For calls that begin now. */
  readonly current: CallPolicy
  readonly told: PolicyTold
  /** An order of the operator's. One that is no newer than the last, or can't be read, changes nothing. */
  take(text: string): void
}

/**
 * Begins with what the configuration says: an operator that is down keeps no pod from calls. What is not known may not leave, and is not kept.
 * @param o.onChange what may leave now, for the calls that go on
 */
export function openPolicy(o: {
  bot: Pick<BotConfiguration, 'collect' | 'callMetadata'>
  log: Log
  onChange: (collect: readonly string[]) => void
}): PodPolicy {
  let epoch = 0
  let current: CallPolicy = { collect: o.bot.collect ?? [], callMetadata: o.bot.callMetadata }
  return {
    get current() {
      return current
    },
    get told() {
      return { epoch, digest: policyDigest(current) }
    },
    take(text) {
      const order = readOrder(text)
      if (order === undefined) return o.log.error({}, 'an order of a policy can not be read; the one before stays')
      if (order.epoch <= epoch) return
      epoch = order.epoch
      const { collect, callMetadata } = order
      if (policyDigest(order) === policyDigest(current)) return
      current = { collect, callMetadata }
      o.log.info({ epoch, fields: collect.length, callMetadata }, 'the policy of the bot is another')
      o.onChange(collect)
    },
  }
}
