import { Unreachable } from '../../src/kube/errors.ts'
import type { Raw } from '../../src/kube/raw-object.ts'
import type { KubeRequest, KubeResponse, Transport } from '../../src/kube/transport.ts'

interface LogEntry {
  type: 'ADDED' | 'MODIFIED' | 'DELETED'
  object: Raw
}

/**
 * A collection with a history, whose events are sent only when a test says so: for orders of events that a real API server shows
 * once in a million. What a real one does is proved in test/integration/kube.
 */
export class ToyServer implements Transport {
  #version = 100
  #uid = 0
  #compacted = 0
  /** News up to this version have left for the watchers. */
  #told = 100
  #wires = new Set<{ broken: boolean }>()
  #wake: (() => void)[] = []
  readonly live = new Map<string, Raw>()
  readonly #log: LogEntry[] = []
  /** Streams that begin with a list are refused, as by servers that don't know them. */
  refusesStreamedLists = false

  write(name: string): Raw {
    const known = this.live.get(name)
    const uid = known?.metadata.uid ?? `uid-${++this.#uid}`
    const object: Raw = { metadata: { namespace: 'n', name, uid, resourceVersion: String(++this.#version) } }
    this.live.set(name, object)
    this.#log.push({ type: known ? 'MODIFIED' : 'ADDED', object })
    return object
  }

  /** Returns what was there. */
  remove(name: string): Raw | undefined {
    const known = this.live.get(name)
    if (!known) return undefined
    this.live.delete(name)
    const metadata = { ...known.metadata, resourceVersion: String(++this.#version) }
    this.#log.push({ type: 'DELETED', object: { metadata } })
    return known
  }

  /** Lets so many more writes be told. */
  tell(writes: number): void {
    this.#told = Math.min(this.#version, this.#told + writes)
    for (const wake of this.#wake.splice(0)) wake()
  }

  sendToAll(): void {
    this.tell(this.#version)
  }

  /** Breaks all watches. */
  disconnect(): void {
    for (const wire of this.#wires) wire.broken = true
    for (const wake of this.#wake.splice(0)) wake()
  }

  /** Forgets its history. */
  compact(): void {
    this.#compacted = this.#version
  }

  /** Puts an older state back, as a restored backup of etcd does: the history after it never was. */
  restore(version: number): void {
    const kept = this.#log.filter((entry) => versionOf(entry) <= version)
    this.live.clear()
    for (const { type, object } of kept)
      if (type === 'DELETED') this.live.delete(object.metadata.name)
      else this.live.set(object.metadata.name, object)
    this.#log.splice(0, Infinity, ...kept)
    this.#version = version
    this.#told = version
    this.disconnect()
  }

  async request(): Promise<KubeResponse> {
    const items = [...this.live.values()]
    const version = this.#version
    // A page that is on its way while things go on.
    while (this.#told < version) await this.#news(undefined)
    return { status: 200, body: { items, metadata: { resourceVersion: String(version) } } }
  }

  async *stream(r: KubeRequest): AsyncIterable<string> {
    const wire = { broken: false }
    this.#wires.add(wire)
    let from = Number(r.query?.resourceVersion ?? 0)
    if (r.query?.sendInitialEvents) {
      if (this.refusesStreamedLists) return yield error(422, 'Invalid')
      from = this.#version
      for (const object of [...this.live.values()]) yield line('ADDED', object)
      while (this.#told < from && !wire.broken && !r.signal?.aborted) await this.#news(r.signal)
      // Events that came meanwhile are sent before the list's end (KEP-3157).
      for (let next = this.#after(from); next && !wire.broken; next = this.#after(from)) {
        from = versionOf(next)
        yield line(next.type, next.object)
      }
      if (!wire.broken) yield line('BOOKMARK', { metadata: mark(from) })
    }
    if (from > this.#version) return yield error(504, 'Timeout', { causes: [{ reason: 'ResourceVersionTooLarge' }] })
    if (from < this.#compacted) return yield error(410, 'Expired')
    for (;;) {
      if (wire.broken) throw lost
      if (r.signal?.aborted) return
      const next = this.#after(from)
      if (next) {
        from = versionOf(next)
        yield line(next.type, next.object)
      } else await this.#news(r.signal)
    }
  }

  /** The next thing that may be told. */
  #after(version: number): LogEntry | undefined {
    const next = this.#log.find((entry) => versionOf(entry) > version)
    return next && versionOf(next) <= this.#told ? next : undefined
  }

  #news(signal: AbortSignal | undefined): Promise<void> {
    return new Promise((resolve) => {
      this.#wake.push(resolve)
      signal?.addEventListener('abort', () => resolve(), { once: true })
    })
  }

  async close(): Promise<void> {}
}

const versionOf = ({ object }: LogEntry) => Number(object.metadata.resourceVersion)
const lost = new Unreachable({ method: 'GET', path: '/', code: 'ECONNRESET', mayHaveArrived: true, cause: undefined })
const line = (type: string, object: object) => JSON.stringify({ type, object })
const error = (code: number, reason: string, details?: object) =>
  line('ERROR', { code, reason, message: reason, details })
const mark = (version: number) => ({
  name: '',
  resourceVersion: String(version),
  annotations: { 'k8s.io/initial-events-end': 'true' },
})
