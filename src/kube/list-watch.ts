import { describeApiFault } from './api-fault.ts'
import { named } from '../runtime/log-fields.ts'
import { backoff, type BackoffRule } from '../lib/backoff.ts'
import { pause, type Clock } from '../runtime/clock.ts'
import type { Log } from '../runtime/log.ts'
import { listPage, type ListOptions } from './client.ts'
import { ApiError, isFromTheFuture, isGone } from './errors.ts'
import type { Raw } from './raw-object.ts'
import { pathOf, type Resource } from './resources.ts'
import type { Transport } from './transport.ts'
import { compareVersions } from './resource-version.ts'

/** Where the objects go. No member may throw. */
export interface Sink {
  /** A list begins, of the state at this version where that is known yet: what `listed` doesn't name until `listEnded` is gone, unless it is newer. */
  listBegan(version: string | undefined): void
  listed(raw: Raw): void
  listEnded(version: string): void
  changed(raw: Raw): void
  deleted(raw: Raw): void
  /** A bookmark: everything up to this version has been told. */
  reached(resourceVersion: string): void
}

/** Why a follower had to begin a list, or a watch, once more. */
export type Restart = 'start' | 'expired' | 'from-the-future' | 'ended' | 'silent' | 'failed'

export interface FollowOptions extends ListOptions {
  transport: Transport
  resource: Resource
  clock: Clock
  chance: () => number
  log: Log
  sink: Sink
  signal: AbortSignal
  /** Silence after which a watch is taken for dead, in seconds. Bookmarks come about each 60 s, so not below 90. */
  silenceSeconds: number
  /** The server ends each watch after a random time between this and twice this, in seconds. */
  watchSeconds: number
  /** Let a list come through the watch; where the server can't, it comes in pages. */
  streaming: boolean
  onList?: (why: Restart) => void
  onWatch?: (why: Restart) => void
}

/** A server that is back should be noticed within a second; one that is down for long must not be pounded. */
const WAITS: BackoffRule = { first: 200, most: 5_000, factor: 2, jitter: 0.5 }
/** A watch that ends sooner than this, and told nothing, counts as failed: else a broken proxy would make us spin. */
const TOO_SHORT_MS = 1_000

interface Progress {
  /** Undefined when a list is needed. */
  version: string | undefined
  /** The last version that was known, also while a list runs. */
  reached: string | undefined
  failures: number
  why: Restart
  /** List in pages from now on. */
  paged: boolean
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: Raw & { code?: number; reason?: string; message?: string; details?: unknown }
}

/** Lists, then watches, for ever: until the signal aborts. Never rejects. */
export async function follow(o: FollowOptions): Promise<void> {
  const progress: Progress = { version: undefined, reached: undefined, failures: 0, why: 'start', paged: !o.streaming }
  while (!o.signal.aborted) {
    try {
      if (progress.version === undefined && progress.paged) progress.version = await listPages(o, progress.why)
      await watch(o, progress)
      progress.why = 'ended'
    } catch (error) {
      if (o.signal.aborted) return
      await recover(o, progress, error)
    }
  }
}

/** Pages of one consistent state. A continue token that expires on the way (410) makes `recover` begin again. */
async function listPages(o: FollowOptions, why: Restart): Promise<string> {
  o.onList?.(why)
  let page = await listPage(o.transport, o.resource, o)
  o.sink.listBegan(page.resourceVersion)
  for (;;) {
    for (const raw of page.items) o.sink.listed(raw)
    if (page.continue === undefined) break
    page = await listPage(o.transport, o.resource, { ...o, continue: page.continue })
  }
  o.sink.listEnded(page.resourceVersion)
  return page.resourceVersion
}

/** Watches from the version that was reached; without one, the stream begins with a list (see `InitialList`). */
async function watch(o: FollowOptions, progress: Progress): Promise<void> {
  const began = o.clock.monotonic()
  let told = false
  let list = progress.version === undefined ? new InitialList(o, progress) : undefined
  o.onWatch?.(progress.why)
  for await (const line of openWatch(o, progress.version)) {
    const event = parseEvent(line)
    if (list) {
      progress.version = list.take(event)
      if (progress.version !== undefined) list = undefined
    } else progress.version = deliver(o.sink, event, progress.version)
    progress.failures = 0
    told = true
  }
  if (!told && o.clock.monotonic() - began < TOO_SHORT_MS) throw new Error('the watch ended as soon as it began')
}

function openWatch(o: FollowOptions, version: string | undefined): AsyncIterable<string> {
  const from =
    version === undefined
      ? { sendInitialEvents: true, resourceVersionMatch: 'NotOlderThan' }
      : { resourceVersion: version }
  return o.transport.stream({
    purpose: 'watch',
    method: 'GET',
    path: pathOf(o.resource, o.namespace),
    query: {
      watch: true,
      allowWatchBookmarks: true,
      ...from,
      labelSelector: o.labelSelector,
      fieldSelector: o.fieldSelector,
      timeoutSeconds: Math.round(o.watchSeconds * (1 + o.chance())),
    },
    timeoutSeconds: o.silenceSeconds,
    signal: o.signal,
  })
}

/**
 * A list that comes as events of the watch that it begins (KEP-3157): one request, one object in memory at a time. The
 * server marks its end by a bookmark; changes that it tells before that belong to it.
 */
class InitialList {
  readonly #sink: Sink

  readonly #reached: string | undefined

  constructor({ sink, onList }: FollowOptions, { why, reached }: Progress) {
    this.#sink = sink
    this.#reached = reached
    onList?.(why)
    sink.listBegan(undefined)
  }

  /** Returns the list's version when this event ends it. */
  take({ type, object }: WatchEvent): string | undefined {
    if (type === 'DELETED') this.#sink.deleted(object)
    else if (type !== 'BOOKMARK') this.#sink.listed(object)
    else if (object.metadata.annotations?.['k8s.io/initial-events-end'] === 'true') {
      const version = object.metadata.resourceVersion ?? ''
      if (compareVersions(version, this.#reached) < 0) throw new OlderListError()
      this.#sink.listEnded(version)
      return version
    }
    return undefined
  }
}

function parseEvent(line: string): WatchEvent {
  const event = JSON.parse(line) as WatchEvent
  if (event.type !== 'ERROR') return event
  const { code, reason, message, details } = event.object
  throw new ApiError({
    status: code ?? 500,
    reason,
    message: message ?? 'the watch was ended by an error',
    details,
  })
}

/** A bookmark is behind what was reached: etcd was put back to an older state. Only a list tells what is true now. */
class OlderListError extends Error {}

/** Hands one event on; returns the version that is reached by it. */
function deliver(sink: Sink, { type, object }: WatchEvent, reached: string | undefined): string {
  const version = object.metadata.resourceVersion ?? ''
  if (type === 'DELETED') sink.deleted(object)
  else if (type !== 'BOOKMARK') sink.changed(object)
  else if (compareVersions(version, reached) < 0) throw new OlderListError()
  else sink.reached(version)
  return version
}

async function recover(o: FollowOptions, progress: Progress, error: unknown): Promise<void> {
  const expired = isGone(error)
  const future = isFromTheFuture(error) || error instanceof OlderListError
  // A server that was gone answers again: what failed while it was gone is no reason to wait.
  if (expired && progress.why !== 'expired') progress.failures = 0
  progress.why = expired ? 'expired' : future ? 'from-the-future' : isSilence(error) ? 'silent' : 'failed'
  // 400 or 422: the server knows no lists through a watch. Back in time: only pages tell their version beforehand.
  if (isRefusedStream(error, progress) || future) progress.paged = true
  // Whatever failed during a list leaves the version undefined, so the list begins again.
  progress.reached = progress.version ?? progress.reached
  if (expired || future) progress.version = undefined
  progress.failures++
  const { why, failures } = progress
  const fields = { kind: named(o.resource.kind), why, failures, ...describeApiFault(error) }
  if (progress.failures > 3) o.log.warn(fields, 'the list or watch failed; it is tried again')
  else o.log.debug(fields, 'the list and watch work again')
  // The first relist is at once: until it is done we act upon old news.
  if (expired && progress.failures === 1) return
  await pause(o.clock, backoff(WAITS, progress.failures, o.chance()), o.signal)
}

const isRefusedStream = (error: unknown, { version }: Progress) =>
  version === undefined && error instanceof ApiError && (error.status === 400 || error.status === 422)
const isSilence = (error: unknown) => (error as { code?: string }).code === 'UND_ERR_BODY_TIMEOUT'
