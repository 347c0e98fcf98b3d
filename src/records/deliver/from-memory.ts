/** Delivers what is never stored: while the pod that sent it waits, which keeps it until it is delivered. */
import { LONGEST_IN_MEMORY_SECONDS } from '../../rules/delivery/targets.ts'
import type { Clock } from '../../runtime/clock.ts'
import { readHanded, type Handed, type Refused } from '../submission.ts'
import type { Receiver, Receivers } from './receivers.ts'

/** The delivery of a policy may have changed in the pods first, or here first. */
const UNKNOWN_AGAIN_SECONDS = 5

/** Undefined: it is delivered. 503: the pod keeps it, and sends it again. All else is final. */
export async function deliverFromMemory(
  o: { readonly receivers: Receivers; readonly clock: Clock },
  call: string,
  text: string,
): Promise<Refused | undefined> {
  const handed = readHanded(call, text, o.clock.wall())
  if ('kind' in handed) return handed
  try {
    const receiver = o.receivers.get(handed.policy)
    const isKnown = (one: Handed['records'][number]) => receiver?.target.classes.includes(one.class)
    if (receiver === undefined || !handed.records.every(isKnown))
      return later('this delivery is not known here', UNKNOWN_AGAIN_SECONDS)
    return await deliver(receiver, handed, o.clock)
  } finally {
    for (const { body } of handed.records) body.fill(0)
  }
}

async function deliver(
  receiver: Receiver,
  { call, endedAt, records }: Handed,
  clock: Clock,
): Promise<Refused | undefined> {
  const until = endedAt + LONGEST_IN_MEMORY_SECONDS * 1_000
  // The pod paces its tries: how many it made is not known here.
  const sent = await receiver.send({ call, source: 'memory', records, until, tries: 0 })
  switch (sent.kind) {
    case 'delivered':
      receiver.settled('memory', 'delivered')
      return undefined
    case 'nothing':
      return final('nothing of it may leave')
    case 'refused':
      receiver.settled('memory', 'refused')
      return final('the receiver refused it for good')
    case 'again': {
      const giveUpAt = Math.min(until, endedAt + receiver.target.giveUpAfterSeconds * 1_000)
      if (clock.wall() < giveUpAt) return later('the receiver does not take it now', Math.ceil(sent.waitMs / 1_000))
      receiver.settled('memory', 'given-up')
      return final('it could not be delivered in time')
    }
  }
}

const later = (because: string, retryAfter: number): Refused => ({ kind: 'refused', status: 503, because, retryAfter })
const final = (because: string): Refused => ({ kind: 'refused', status: 422, because })
