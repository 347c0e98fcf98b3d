import type { PodState } from '../../rules/call-statistics.ts'
import type { PodObservations } from '../../rules/part-state.ts'
import type { Caches } from './caches.ts'
import type { Addressed } from './pod-poller.ts'

export interface EndpointsStore {
  /** A pod was asked, and told or (undefined) did not answer. */
  record(pod: Pick<Addressed, 'uid' | 'namespace'>, state: PodState | undefined): void
  /** What each pod of a bot (`namespace/name`) says. Undefined while one of them was never asked. */
  observations(bot: string): PodObservations[] | undefined
}

interface Entry {
  observations: PodObservations
  text: string
  failures: number
}

const NOTHING: Entry = { observations: new Map(), text: '[]', failures: 0 }
/** One lost answer is no news; after so many in a row the word of a pod is no longer believed. */
const FORGOTTEN_AFTER = 3
/** Pods that are gone are swept out when there are so many of them. */
const MOST_GONE = 200

/** Keeps what pods report about clients' web services. `onChange`: a pod says something else of that Integration than before. */
export function createEndpointsStore(pods: Caches['pods'], onChange: (integration: string) => void): EndpointsStore {
  const entries = new Map<string, Entry>()
  const sweep = () => {
    if (entries.size < pods.size + MOST_GONE) return
    const left = new Set([...pods.list()].map(({ uid }) => uid))
    for (const uid of entries.keys()) if (!left.has(uid)) entries.delete(uid)
  }
  return {
    record({ uid, namespace }, state) {
      const before = entries.get(uid)
      const after = nextEntry(before, state)
      entries.set(uid, after)
      if (before?.text === after.text) return
      for (const name of new Set([...(before?.observations.keys() ?? []), ...after.observations.keys()])) {
        onChange(`${namespace}/${name}`)
      }
      sweep()
    },
    observations(bot) {
      const observed = pods
        .byIndex('bot', bot)
        .filter(takesPart)
        .map(({ uid }) => entries.get(uid)?.observations)
      return observed.every((each) => each !== undefined) ? observed : undefined
    },
  }
}

function nextEntry(before: Entry | undefined, state: PodState | undefined): Entry {
  if (state !== undefined) return { observations: state.http, text: JSON.stringify([...state.http]), failures: 0 }
  const failures = (before?.failures ?? 0) + 1
  return before === undefined || failures >= FORGOTTEN_AFTER ? { ...NOTHING, failures } : { ...before, failures }
}

/** One that is on its way out has nobody to ask for any more. */
const takesPart = (pod: { running: boolean; ip: string | undefined; terminating: boolean }) =>
  pod.running && pod.ip !== undefined && !pod.terminating
