import type { Clock } from '../../runtime/clock.ts'
import type { UnderstoodRequest } from '../../wire/sip/parse-headers.ts'
import { doublingToT2, GIVE_UP, repeat } from '../transaction/timers.ts'

/**
 * A 2xx to an INVITE that goes out until its ACK comes, also over streams, since another hop may lose it (RFC 3261 13.3.1.4).
 * @returns `acknowledged` takes the ACK; `end` stops without one
 */
export function answerUntilAcknowledged(o: {
  clock: Clock
  send: () => void
  onAck: (ack: UnderstoodRequest) => void
  /** 32 s went by: the session should be ended with BYE. */
  onGiveUp: () => void
}): { acknowledged: (ack: UnderstoodRequest) => void; end: () => void } {
  let isOver = false
  const over = () => {
    isOver = true
    cancelRepeat()
    cancelGiveUp()
  }
  const cancelRepeat = repeat(o.clock, doublingToT2, o.send)
  const cancelGiveUp = o.clock.after(GIVE_UP, () => {
    over()
    o.onGiveUp()
  })
  o.send()
  return {
    end: over,
    acknowledged(ack) {
      if (isOver) return
      over()
      o.onAck(ack)
    },
  }
}
