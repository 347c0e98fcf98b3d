import type { LaneOrder } from '../../rules/drill/order.ts'
import { type Clock, pause } from '../../runtime/clock.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'

/**
 * Stands before a request of a drill: with a fault, nothing of the request leaves us, and the endpoint looks as it would with that fault.
 * @param o.timeoutMs for which the request would wait
 * @throws EndpointFault, or the signal's reason
 */
export async function simulateFault(
  fault: LaneOrder['fault'],
  o: { clock: Clock; timeoutMs: number; signal: AbortSignal },
): Promise<void> {
  switch (fault) {
    case 'None':
      return
    case 'Refuse':
      throw new EndpointFault('unusable', 'a drill simulates that it answers 503', true)
    case 'Disconnect':
      throw new EndpointFault('unreachable', "a drill simulates that it can't be reached", false)
    case 'Blackhole':
      await pause(o.clock, o.timeoutMs, o.signal)
      o.signal.throwIfAborted()
      throw new EndpointFault('timed-out', 'a drill simulates that it does not answer', true)
  }
}
