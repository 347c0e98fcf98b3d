import { describeBug } from '../runtime/redacted-error.ts'
import { named } from '../runtime/log-fields.ts'
import type { Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { systemClock } from '../runtime/system-clock.ts'
import type { Raw } from './raw-object.ts'
import type { Resource } from './resources.ts'
import { labelTest } from './label-selector.ts'
import { createStore, type Cached, type Indexer } from './informer-store.ts'
import type { Transport } from './transport.ts'
import { compareVersions } from './resource-version.ts'
import { follow, type Restart, type Sink } from './list-watch.ts'

export type { Cached } from './informer-store.ts'
export type { Restart } from './list-watch.ts'

/** What happened, for metrics and tests. */
export interface InformerObserver {
  listed?(why: Restart): void
  watched?(why: Restart): void
  event?(): void
  /** A projection or a handler threw: a bug of ours that was survived. */
  mishap?(): void
}

export interface InformerOptions<T extends Cached> {
  transport: Transport
  resource: Resource
  /** All namespaces unless named. */
  namespace?: string
  labelSelector?: string
  fieldSelector?: string
  /** The raw object is dropped right after this: copy what is needed, `intern` texts that repeat, always the same shape. */
  project: (raw: Raw) => T
  indexes?: Record<string, Indexer<T>>
  /**
   * Called after the store has the new state. One of the two is always there; both with different uids mean that the
   * object was replaced by another of the same name. An exception is logged and counted, and stops nothing.
   */
  onChange: (before: T | undefined, after: T | undefined) => void
  log: Log
  observe?: InformerObserver
  clock?: Clock
  chance?: () => number
  /** Let lists come through the watch (the default), or in pages. */
  streaming?: boolean
  /** Objects a page of a list. A page is parsed as a whole, so this bounds the peak of memory. */
  pageSize?: number
  /** See FollowOptions. */
  silenceSeconds?: number
  watchSeconds?: number
}

export interface Informer<T extends Cached> {
  /** Returns at once; the work ends when the signal aborts, and never by an error. */
  start(signal: AbortSignal): void
  /** Resolves when the first list is complete. */
  synced(): Promise<void>
  readonly hasSynced: boolean
  readonly size: number
  get(namespace: string, name: string): T | undefined
  list(): Iterable<T>
  byIndex(index: string, value: string): T[]
  /** Takes the answer of our own write, so that the next decision sees it before the watch tells it. */
  absorb(raw: Raw): void
  /** Takes the answer of our own removal. Late news of that uid are ignored. */
  forget(namespace: string, name: string, uid: string): void
  /** Monotonic milliseconds of the last word from the server, -Infinity before the first. */
  readonly lastActivity: number
}

/** Keeps a projection of every object of one kind at hand, in step with the API server. */
export function createInformer<T extends Cached>(o: InformerOptions<T>): Informer<T> {
  const clock = o.clock ?? systemClock
  const cache = new Cache(o, clock)
  return {
    start(signal) {
      void follow({
        ...o,
        clock,
        chance: o.chance ?? Math.random,
        sink: cache,
        signal,
        limit: o.pageSize ?? 200,
        streaming: o.streaming ?? true,
        silenceSeconds: o.silenceSeconds ?? 95,
        watchSeconds: o.watchSeconds ?? 300,
        onList: o.observe?.listed,
        onWatch: o.observe?.watched,
      })
    },
    synced: () => cache.synced.promise,
    get hasSynced() {
      return cache.hasSynced
    },
    get size() {
      return cache.store.size
    },
    get: (namespace, name) => cache.store.get(namespace, name),
    list: () => cache.store.list(),
    byIndex: (index, value) => cache.store.byIndex(index, value),
    absorb: (raw) => cache.absorb(raw),
    forget: (namespace, name, uid) => cache.forget(namespace, name, uid),
    get lastActivity() {
      return cache.lastActivity
    },
  }
}

/**
 * Merges two streams of news: the watch, and the answers of our own writes. KEP-5504 makes versions of one kind
 * comparable, so "newer" is always known and no bookkeeping of expected events is needed:
 *  - an object changes only to a newer version of itself;
 *  - an answer at or before what the watch has reached is old news, also when the object is no longer there (it was
 *    deleted since); one after it is taken, and the watch will report its deletion;
 *  - an object missing from a list is gone, unless it is newer than the list.
 */
class Cache<T extends Cached> implements Sink {
  readonly store
  readonly synced = Promise.withResolvers<void>()
  hasSynced = false
  lastActivity = -Infinity
  readonly #o: InformerOptions<T>
  readonly #clock: Clock
  readonly #labelsMatch
  #reached = ''
  /** Keys that the running list has named; undefined when none runs. */
  #seen: Set<string> | undefined
  /** Whose end we brought about ourselves and the watch has yet to tell: uids, and the versions that we knew last. */
  #forgotten = new Map<string, string>()
  /** Those among them of whom the running list spoke. */
  #oldNews = new Set<string>()
  #backInTime = false

  constructor(o: InformerOptions<T>, clock: Clock) {
    this.#o = o
    this.#clock = clock
    this.#labelsMatch = labelTest(o.labelSelector)
    this.store = createStore<T>(o.indexes)
  }

  listBegan(version: string | undefined): void {
    this.#seen = new Set()
    this.#oldNews.clear()
    // A list older than what was reached: etcd was put back to an earlier state. Then the list is all that counts.
    this.#backInTime = version !== undefined && compareVersions(version, this.#reached) < 0
    if (this.#backInTime)
      this.#o.log.warn({ kind: named(this.#o.resource.kind) }, 'the API server returned an older resource version')
  }

  listed(raw: Raw): void {
    this.#seen?.add(keyOf(raw))
    this.#take(raw)
  }

  listEnded(version: string): void {
    const seen = this.#seen ?? new Set()
    this.#seen = undefined
    for (const object of [...this.store.list()]) {
      if (seen.has(`${object.namespace}/${object.name}`)) continue
      if (this.#backInTime || compareVersions(object.resourceVersion, version) <= 0) this.#drop(object)
    }
    // Whom the list could name and did not is gone for the watch, too; of the others it will tell the end.
    for (const [uid, known] of this.#forgotten)
      if (compareVersions(known, version) <= 0 && !this.#oldNews.has(uid)) this.#forgotten.delete(uid)
    this.#backInTime = false
    this.#reached = version
    this.#touch()
    this.hasSynced = true
    this.synced.resolve()
  }

  changed(raw: Raw): void {
    this.#o.observe?.event?.()
    this.reached(raw.metadata.resourceVersion ?? '')
    this.#take(raw)
  }

  deleted(raw: Raw): void {
    this.#o.observe?.event?.()
    const { namespace = '', name, uid = '', resourceVersion = '' } = raw.metadata
    // Also during a list: ends come after its objects, in order.
    this.reached(resourceVersion)
    this.#forgotten.delete(uid)
    const known = this.store.get(namespace, name)
    if (known && compareVersions(known.resourceVersion, resourceVersion) <= 0) this.#drop(known)
  }

  reached(version: string): void {
    this.#reached = version
    this.#touch()
  }

  absorb(raw: Raw): void {
    const { namespace, labels, resourceVersion } = raw.metadata
    if (this.#o.namespace !== undefined && namespace !== this.#o.namespace) return
    // Whether a field selector matches only the server knows.
    if (this.#o.fieldSelector !== undefined || !this.#labelsMatch?.(labels)) return
    if (compareVersions(resourceVersion, this.#reached) > 0) this.#take(raw)
  }

  forget(namespace: string, name: string, uid: string): void {
    const known = this.store.get(namespace, name)
    if (known?.uid !== uid) return
    this.#forgotten.set(uid, known.resourceVersion)
    // The running list spoke of it while we still knew it: its end comes after the list.
    if (this.#seen?.has(`${namespace}/${name}`)) this.#oldNews.add(uid)
    this.#drop(known)
  }

  #take(raw: Raw): void {
    const { namespace = '', name, uid = '', resourceVersion } = raw.metadata
    if (this.#forgotten.has(uid)) return void this.#oldNews.add(uid)
    const before = this.store.get(namespace, name)
    const isNews = !before || this.#backInTime || compareVersions(before.resourceVersion, resourceVersion) < 0
    if (!isNews) return
    this.#safely('projection', () => {
      const after = this.#o.project(raw)
      this.store.put(after)
      this.#notify(before, after)
    })
  }

  #drop(object: T): void {
    this.#safely('removal', () => this.store.delete(object.namespace, object.name))
    this.#notify(object, undefined)
  }

  #notify(before: T | undefined, after: T | undefined): void {
    this.#safely('handler', () => this.#o.onChange(before, after))
  }

  #safely(what: string, act: () => void): void {
    try {
      act()
    } catch (error) {
      this.#o.observe?.mishap?.()
      this.#o.log.error(
        { kind: named(this.#o.resource.kind), what: named(what), ...describeBug(error) },
        'following a kind failed because of a bug; it is started again',
      )
    }
  }

  #touch(): void {
    this.lastActivity = this.#clock.monotonic()
  }
}

const keyOf = (raw: Raw) => `${raw.metadata.namespace ?? ''}/${raw.metadata.name}`
