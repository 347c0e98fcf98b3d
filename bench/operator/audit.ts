/** What the contestant asked of the API server, by the server's own audit log. */
import { createReadStream, statSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { pause } from '../../hack/cluster/shell.ts'

export type Calls = {
  /** get and list, without the lease. */
  reads: number
  /** create, update, patch, delete, without the lease and without events. */
  writes: number
  /** Kubernetes Events made or updated: for people, nothing waits for them. */
  events: number
  watches: number
  /** Everything on leases, reads and writes. */
  lease: number
  /** Answers from 400 up. */
  failed: number
  /** `verb resource[/subresource]` -> how often. */
  by: Record<string, number>
}

type Event = {
  stage: string
  verb: string
  requestURI: string
  objectRef?: { resource?: string; subresource?: string }
  responseStatus?: { code?: number }
}

/** A place in the log: what was asked before it lies before it. */
export async function mark(log: string): Promise<number> {
  await pause(250) // an answered call reaches the log just after its answer
  try {
    return statSync(log).size
  } catch {
    return 0
  }
}

/** Counts the calls between two places. */
export async function countCalls(log: string, from: number, to: number): Promise<Calls> {
  const calls: Calls = { reads: 0, writes: 0, events: 0, watches: 0, lease: 0, failed: 0, by: {} }
  if (to <= from) return calls
  const input = createReadStream(log, { start: from, end: to - 1 })
  for await (const line of createInterface({ input })) if (line !== '') count(calls, JSON.parse(line) as Event)
  return calls
}

/** Pure: adds one event of the log to the calls. */
export function count(calls: Calls, event: Event): void {
  // A watch is logged twice, when it begins and when it ends; it counts when it begins.
  if (event.stage !== (event.verb === 'watch' ? 'ResponseStarted' : 'ResponseComplete')) return
  const { resource, subresource } = event.objectRef ?? {}
  const what =
    resource === undefined ? event.requestURI.split('?')[0]! : [resource, subresource].filter(Boolean).join('/')
  const key = `${event.verb} ${what}`
  calls.by[key] = (calls.by[key] ?? 0) + 1
  if ((event.responseStatus?.code ?? 0) >= 400) calls.failed += 1
  if (resource === 'leases') calls.lease += 1
  else if (resource === 'events') calls.events += 1
  else if (event.verb === 'watch') calls.watches += 1
  else if (event.verb === 'get' || event.verb === 'list') calls.reads += 1
  else calls.writes += 1
}
