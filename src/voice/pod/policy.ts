import type { BotConfiguration } from '../../api/bot-configuration.ts'
import { type CallPolicy, policyDigest, type PolicyTold, readOrder } from '../../rules/policy-order.ts'
import { keepingOf } from '../../rules/retention/keeping.ts'
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
  bot: Pick<BotConfiguration, 'collect' | 'callMetadata' | 'keep'>
  log: Log
  /** For the calls that go on. */
  onChange: (policy: CallPolicy) => void
}): PodPolicy {
  let epoch = 0
  const { collect = [], callMetadata, keep } = o.bot
  let current: CallPolicy = { collect, callMetadata, ...keep }
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
      const { epoch: newer, ...policy } = order
      epoch = newer
      if (policyDigest(policy) === policyDigest(current)) return
      current = policy
      const kept = Object.keys(keepingOf(policy)?.lives ?? {}).length
      const { collect, callMetadata } = policy
      o.log.info({ epoch, fields: collect.length, callMetadata, kept }, 'the policy of the bot is another')
      o.onChange(policy)
    },
  }
}
