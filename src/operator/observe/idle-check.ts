import type { PodState } from '../../rules/call-statistics.ts'
import type { PodRef } from '../world/callbot.ts'
import type { Caches } from './caches.ts'
import type { CallsStore } from './pod-calls.ts'
import { type Addressed, isAddressed } from './pod-poller.ts'

/** Asks pods of one namespace, now, and tells whether all of them are there and none has a call. */
export type AreIdle = (namespace: string, pods: readonly PodRef[]) => Promise<boolean>

/** The last look before pods are taken away: what they told a while ago is not enough. */
export function createIdleCheck(o: {
  caches: Pick<Caches, 'pods'>
  store: Pick<CallsStore, 'record'>
  ask: (pod: Addressed, keep: boolean) => Promise<PodState | undefined>
}): AreIdle {
  const isIdle = async (namespace: string, { name, uid }: PodRef): Promise<boolean> => {
    const pod = o.caches.pods.get(namespace, name)
    if (pod === undefined || pod.uid !== uid || pod.terminating) return false
    if (!pod.running) return true
    if (!isAddressed(pod)) return false
    const state = await o.ask(pod, false)
    if (state !== undefined) o.store.record(`${pod.namespace}/${pod.bot}`, uid, state)
    return state?.calls === 0
  }
  return async (namespace, pods) => (await Promise.all(pods.map((pod) => isIdle(namespace, pod)))).every(Boolean)
}
