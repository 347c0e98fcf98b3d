import type { Clock } from '../runtime/clock.ts'
import type { NextHop, OriginateResult, OriginateOptions } from './call.ts'

/** A proxy says 100 at once. One that says nothing is left for the next. */
const HOP_SILENCE_MS = 1_000

/** How a call over several hops went, and by which it went last; undefined: there was none, or no time for one. */
export interface OriginatedByHop {
  readonly result: OriginateResult
  readonly hop: NextHop | undefined
}

/**
 * Places a call by the first of several proxies that takes it. One that can't be reached, says nothing for a second, or reaches nobody (503) is
 * left for the next: it may be cut off, and others not. Any other answer counts; who may have rung is not called again.
 * @param o.until monotonic milliseconds by which there must be a final answer
 */
export async function originateByHops(
  call: Omit<OriginateOptions, 'hop' | 'timeoutMs' | 'silenceMs'>,
  o: {
    hops: readonly NextHop[]
    until: number
    originate: (call: OriginateOptions) => Promise<OriginateResult>
    clock: Clock
  },
): Promise<OriginatedByHop> {
  let last: OriginatedByHop = {
    result: { ok: false, because: 'transport', status: 503, rang: false, headers: [] },
    hop: undefined,
  }
  for (const hop of o.hops) {
    const timeoutMs = o.until - o.clock.monotonic()
    if (timeoutMs <= 0) break
    const result = await o.originate({ ...call, hop, timeoutMs, silenceMs: HOP_SILENCE_MS })
    last = { result, hop }
    if (result.ok || result.rang || (result.because !== 'timeout' && result.status !== 503)) break
  }
  return last
}
