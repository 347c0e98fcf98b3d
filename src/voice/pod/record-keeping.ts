import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Identity } from '../../pki/identity.ts'
import { keepingOf } from '../../rules/retention/keeping.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { createDelivery, type Delivery, type DeliveryObserver } from '../delivery/delivery.ts'
import { createRecordsClient } from '../delivery/records-client.ts'
import type { RecordKeeper } from '../session/call-recorder.ts'
import { openPolicy, type PodPolicy } from './policy.ts'

/** What a pod keeps of its calls, and by which policy. */
export interface RecordKeeping {
  readonly policy: PodPolicy
  readonly keeper: RecordKeeper
  readonly delivery: Delivery
}

export function openRecordKeeping(o: {
  bot: BotConfiguration
  /** Name of the Callbot. */
  name: string
  identity: Identity
  clock: Clock
  random: () => number
  log: Log
  observe: DeliveryObserver
  /** For the calls that go on: what may leave now. */
  onChange: (collect: readonly string[]) => void
}): RecordKeeping {
  const delivery = createDelivery({ ...o, client: createRecordsClient(o.identity) })
  const policy = openPolicy({
    ...o,
    onChange(now) {
      o.onChange(now.collect)
      delivery.tighten(keepingOf(now))
    },
  })
  return { policy, delivery, keeper: { bot: o.name, keep: (records) => delivery.add(records) } }
}
