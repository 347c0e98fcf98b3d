import { BrokenCircuitError, circuitBreaker, CircuitState as State, handleWhen, type IBreaker } from 'cockatiel'
import type { Clock } from '../../runtime/clock.ts'
import type { CircuitState } from '../../rules/http/endpoint-selection.ts'
import type { Http } from '../../rules/http/request.ts'
import { EndpointFault } from '../../webclient/endpoint-fault.ts'

/** Leaves an endpoint alone that was broken too often, and tries it again after a while, one try at a time. */
export interface Circuit {
  readonly state: CircuitState
  /** @throws EndpointFault `left-alone` if it is open, or what `attempt` throws; an EndpointFault counts against the endpoint */
  run<T>(attempt: () => Promise<T>): Promise<T>
}

export function createCircuit(rule: Http['circuitBreaker'], clock: Clock): Circuit {
  const openMs = rule.openSeconds * 1_000
  const breaker = circuitBreaker(
    // A trial whose caller has gone says nothing good of the endpoint.
    handleWhen((error) => error instanceof EndpointFault || breaker.state === State.HalfOpen),
    {
      breaker: new LastCalls(rule.windowCalls, rule.openAfterPercent),
      halfOpenAfter: openMs,
      halfOpenSampling: { calls: rule.trialCalls, threshold: 0 },
    },
  )
  let openedAt = 0
  let trials = 0
  breaker.onBreak(() => (openedAt = clock.monotonic()))

  const stateOf = (): CircuitState => {
    if (breaker.state === State.Closed) return 'Closed'
    const isOver = breaker.state === State.HalfOpen || clock.monotonic() - openedAt >= openMs
    // The library would let others wait for the trial: a caller has no time for that.
    return isOver && trials === 0 ? 'Trial' : 'Open'
  }
  return {
    get state() {
      return stateOf()
    },
    async run(attempt) {
      const state = stateOf()
      if (state === 'Open') throw leftAlone()
      if (state === 'Trial') trials++
      try {
        return await breaker.execute(attempt)
      } catch (error) {
        throw error instanceof BrokenCircuitError ? leftAlone() : error
      } finally {
        if (state === 'Trial') trials--
      }
    },
  }
}

const leftAlone = () => new EndpointFault('left-alone', 'it failed several times and is not asked for a while', false)

/** Opens when so many of the last calls failed. A window that is not full yet holds successes in the places that are free. */
class LastCalls implements IBreaker {
  private readonly size: number
  private readonly most: number
  private failed: boolean[] = []

  constructor(size: number, percent: number) {
    this.size = size
    this.most = (size * percent) / 100
  }

  get state(): unknown {
    return this.failed
  }

  set state(state: unknown) {
    this.failed = state as boolean[]
  }

  success(state: State): void {
    if (state === State.HalfOpen) this.failed = []
    this.add(false)
  }

  failure(state: State): boolean {
    this.add(true)
    return state !== State.Closed || this.failed.filter((failed) => failed).length >= this.most
  }

  private add(failed: boolean): void {
    this.failed.push(failed)
    if (this.failed.length > this.size) this.failed.shift()
  }
}
