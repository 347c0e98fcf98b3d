import { isNotFound } from './errors.ts'
import type { RawLease } from './lease.ts'
import { pathOf, resources } from './resources.ts'
import type { Transport } from './transport.ts'

/** The few things that are done with one Lease. Each throws what the transport throws. */
export interface LeaseApi {
  namespace: string
  name: string
  /** undefined when there is none. */
  read(signal?: AbortSignal): Promise<RawLease | undefined>
  create(lease: RawLease, signal?: AbortSignal): Promise<RawLease>
  /** Fails with 409 unless the version is the one last written. */
  replace(lease: RawLease, signal?: AbortSignal): Promise<RawLease>
  /** Yields the Lease as it is and then each change; undefined when it was removed. Ends when the server ends it. */
  watch(signal: AbortSignal): AsyncIterable<RawLease | undefined>
}

interface WatchEvent {
  type: 'ADDED' | 'MODIFIED' | 'DELETED' | 'BOOKMARK' | 'ERROR'
  object: RawLease
}

/** Silence is normal while nobody leads; a server ends the watch itself after this time. */
const WATCH_SECONDS = 300

/**
 * `timeoutSeconds` bounds one request: half of the renewal deadline leaves room for a second try. The elector does its own
 * trying, so the transport tries once.
 */
export function leaseApi(transport: Transport, namespace: string, name: string, timeoutSeconds = 2): LeaseApi {
  const collection = pathOf(resources.leases, namespace)
  const object = pathOf(resources.leases, namespace, name)
  const send = async (method: 'GET' | 'POST' | 'PUT', path: string, signal?: AbortSignal, body?: RawLease) => {
    const answer = await transport.request({
      purpose: 'lease',
      method,
      path,
      body,
      signal,
      timeoutSeconds,
      attempts: 1,
    })
    return answer.body as RawLease
  }
  return {
    namespace,
    name,
    async read(signal) {
      try {
        return await send('GET', object, signal)
      } catch (error) {
        if (isNotFound(error)) return undefined
        throw error
      }
    },
    create: (lease, signal) => send('POST', collection, signal, lease),
    replace: (lease, signal) => send('PUT', object, signal, lease),
    async *watch(signal) {
      const query = { watch: true, fieldSelector: `metadata.name=${name}`, timeoutSeconds: WATCH_SECONDS }
      const timeout = WATCH_SECONDS + 10
      const lines = transport.stream({
        purpose: 'watch',
        method: 'GET',
        path: collection,
        query,
        signal,
        timeoutSeconds: timeout,
      })
      for await (const line of lines) {
        const { type, object: lease } = JSON.parse(line) as WatchEvent
        if (type === 'ERROR') return
        if (type !== 'BOOKMARK') yield type === 'DELETED' ? undefined : lease
      }
    },
  }
}
