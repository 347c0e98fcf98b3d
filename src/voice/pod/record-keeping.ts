import type { BotConfiguration } from '../../api/bot-configuration.ts'
import type { Identity } from '../../pki/identity.ts'
import { keepingOf } from '../../rules/retention/keeping.ts'
import type { Clock } from '../../runtime/clock.ts'
import type { Log } from '../../runtime/log.ts'
import { createDelivery, type Delivery, type DeliveryObserver, LANES } from '../delivery/delivery.ts'
import { createRecordsClient } from '../delivery/records-client.ts'
import type { RecordKeeper } from '../session/call-recorder.ts'
import { openPolicy, type PodPolicy } from './policy.ts'

/** What a pod keeps of its calls, and by which policy. */
export interface RecordKeeping {
  readonly policy: PodPolicy
  readonly keeper: RecordKeeper
  readonly delivery: Omit<Delivery, 'add'>
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
  const open = (to: 'Store' | 'Deliver') =>
    createDelivery({ ...o, to, client: createRecordsClient({ identity: o.identity, to, connections: LANES[to] }) })
  const ways = { Store: open('Store'), Deliver: open('Deliver') }
  const delivery = both(ways.Store, ways.Deliver)
  const policy = openPolicy({
    ...o,
    onChange(now) {
      o.onChange(now.collect)
      delivery.tighten(keepingOf(now))
    },
  })
  return { policy, delivery, keeper: { bot: o.name, keep: (records) => ways[records.to].add(records) } }
}

/** As one: neither waits for the other. */
const both = (store: Delivery, deliver: Delivery): Omit<Delivery, 'add'> => ({
  get backlog() {
    const [one, other] = [store.backlog, deliver.backlog]
    return { calls: [...one.calls, ...other.calls], octets: one.octets + other.octets }
  },
  tighten(keeping) {
    store.tighten(keeping)
    deliver.tighten(keeping)
  },
  renew(identity) {
    store.renew(identity)
    deliver.renew(identity)
  },
  close: async (withinMs) => void (await Promise.all([store.close(withinMs), deliver.close(withinMs)])),
})
