import { describeApiFault } from './api-fault.ts'
import { named } from '../runtime/log-fields.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import { ApiError, isNotFound } from './errors.ts'
import { createSeries, SPACING, type EventFacts, type Occurrence, type Series } from './event-series.ts'
import { pathOf, resources } from './resources.ts'
import type { Transport } from './transport.ts'

export type { EventFacts } from './event-series.ts'

export interface EventRecorder {
  /** Returns at once and never throws; what comes too fast is counted instead of sent. */
  publish(facts: EventFacts): void
  /** Sends what is untold, within the time (2 s by default); what is left then is dropped. */
  flush(deadlineSeconds?: number): Promise<void>
  /** How many were never sent: too many about one object, too many at once, or refused. */
  dropped(): number
}

export interface EventRecorderOptions {
  transport: Transport
  /** The pod's name. */
  instance: string
  log: Log
  clock?: Clock
}

/** What may wait for the API server; the oldest is dropped first. */
const MOST_WAITING = 500

/**
 * Events of events.k8s.io/v1. What repeats becomes a count in one event (a series); one object can't write more than its
 * share; all of it in bounded memory. No reconcile ever waits for an event.
 */
export function createEventRecorder(options: EventRecorderOptions): EventRecorder {
  return new Recorder(options)
}

class Recorder implements EventRecorder {
  private readonly options: EventRecorderOptions
  private readonly clock: Clock
  private readonly series: Series
  private readonly waiting = new Set<Occurrence>()
  private lost = 0
  private draining: Promise<void> | undefined
  private cancelSweep: (() => void) | undefined

  constructor(options: EventRecorderOptions) {
    this.options = options
    this.clock = options.clock ?? systemClock
    this.series = createSeries({ instance: options.instance, clock: this.clock })
  }

  publish(facts: EventFacts): void {
    try {
      const next = this.series.add(facts)
      if (next) this.enqueue(next)
      else this.planSweep()
    } catch (err) {
      this.options.log.error(describeApiFault(err), 'an event could not be recorded')
    }
  }

  async flush(deadlineSeconds = 2): Promise<void> {
    this.cancelSweep?.()
    for (const untold of this.series.due(true)) this.enqueue(untold)
    const end = new AbortController()
    await Promise.race([this.draining, pause(this.clock, deadlineSeconds * 1000, end.signal)])
    end.abort()
    this.lost += this.waiting.size
    this.waiting.clear()
  }

  dropped(): number {
    return this.lost + this.series.suppressed()
  }

  private enqueue(occurrence: Occurrence): void {
    this.waiting.add(occurrence)
    if (this.waiting.size > MOST_WAITING) this.drop(this.waiting.values().next().value!)
    this.draining ??= this.drain().finally(() => {
      this.draining = undefined
      this.planSweep()
    })
  }

  private drop(occurrence: Occurrence): void {
    this.waiting.delete(occurrence)
    occurrence.sending = false
    this.lost++
  }

  private async drain(): Promise<void> {
    for (let next = this.waiting.values().next().value; next; next = this.waiting.values().next().value) {
      this.waiting.delete(next)
      await this.send(next)
    }
  }

  private async send(occurrence: Occurrence): Promise<void> {
    const { event, created } = occurrence
    occurrence.dirty = false
    try {
      await this.options.transport.request({
        purpose: 'events',
        method: created ? 'PATCH' : 'POST',
        path: pathOf(resources.events, event.metadata.namespace, created ? event.metadata.name : undefined),
        body: created ? { series: event.series } : event,
        contentType: created ? 'application/merge-patch+json' : 'application/json',
        timeoutSeconds: 5,
      })
      occurrence.created = true
    } catch (err) {
      this.failed(occurrence, err)
    }
    occurrence.sending = false
  }

  /** An outage passes: the event is published later. A refusal doesn't: it is dropped. */
  private failed(occurrence: Occurrence, err: unknown): void {
    const refused = err instanceof ApiError && err.status >= 400 && err.status < 500 && err.status !== 429
    // Events live for an hour: what repeats after that begins a new one.
    const expired = occurrence.created && isNotFound(err)
    if (expired) occurrence.created = false
    if (expired || !refused) occurrence.dirty = true
    else this.lost++
    this.options.log.debug(
      { ...describeApiFault(err), reason: named(occurrence.event.reason) },
      'an event was not acquired',
    )
  }

  /** Repeats are published together, a while later. Without any there is no timer. */
  private planSweep(): void {
    if (this.cancelSweep || !this.series.hasDirty()) return
    this.cancelSweep = this.clock.after(SPACING, () => {
      this.cancelSweep = undefined
      for (const untold of this.series.due()) this.enqueue(untold)
      this.planSweep()
    })
  }
}
