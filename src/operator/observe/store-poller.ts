/** Asks sweep what it erased, and the pods that write records whether they can. */
import { canonicalJson } from '../../lib/canonical.ts'
import type { RecordsState } from '../../rules/records-state.ts'
import { areKeysOverdue, isSweepOverdue, type SweepState, type SweptPolicy } from '../../rules/sweep-state.ts'
import { pause, type Clock } from '../../runtime/clock.ts'
import type { SweepFacts } from '../world/retention-policy.ts'
import type { Caches } from './caches.ts'
import type { CachedPod } from './projections.ts'

/** What is known of the store now. */
export interface StoreSources {
  /** What sweep says of a policy. */
  sweepOf(namespace: string, name: string): SweepFacts | 'Silent' | 'Unasked'
  /** What a pod that writes records says, by its UID. Undefined: it does not answer. */
  recordsOf(uid: string): RecordsState | undefined
}

export interface StorePollerOptions {
  caches: Pick<Caches, 'records' | 'retentionPolicies' | 'pods'>
  askSweep: () => Promise<SweepState | undefined>
  askRecords: (pod: { namespace: string; ip: string }) => Promise<RecordsState | undefined>
  mayAsk: () => boolean
  clock: Pick<Clock, 'monotonic' | 'wall' | 'after'>
  /** Something else is known of a policy (`namespace/name`). */
  onChange: (policy: string) => void
}

const EVERY_MS = 5_000
/** Each policy may change its status after each look: with thousands of them they are looked at less often. */
const MS_A_POLICY = 50
/** Pods of so many namespaces are asked at once. */
const AT_ONCE = 16
/** One lost answer is no news. */
const SILENT_AFTER = 3

type Known = { state: SweepState } | 'Silent' | 'Unasked'

export function createStorePoller(o: StorePollerOptions): StoreSources & { run(signal: AbortSignal): Promise<void> } {
  const sweep = createSweepStore(o)
  const pods = createRecordsStore(o)
  return {
    sweepOf: sweep.of,
    recordsOf: pods.of,
    /** Goes on until the signal aborts. */
    async run(signal) {
      while (!signal.aborted) {
        if (o.mayAsk()) await Promise.all([sweep.ask(), pods.ask()])
        await pause(o.clock, Math.max(EVERY_MS, MS_A_POLICY * o.caches.retentionPolicies.size), signal)
      }
    },
  }
}

function createSweepStore({ caches, askSweep, clock, onChange }: StorePollerOptions) {
  let known: Known = 'Unasked'
  let failures = 0
  let byKey = new Map<string, SweptPolicy>()
  const texts = new Map<string, string>()

  const of = (namespace: string, name: string): SweepFacts | 'Silent' | 'Unasked' => {
    if (typeof known === 'string') return known
    const { sweptAt, problem, keysInFiles } = known.state
    // Its clock is the database's. What has passed since it answered is ours.
    const sweptAgo = sweptAt === undefined ? undefined : Math.max(0, clock.wall() - sweptAt)
    return { sweptAgo, problem, keysInFiles, policy: byKey.get(`${namespace}/${name}`) }
  }

  /** How long ago a run ended, or a key was destroyed, is news only when it becomes too long. */
  const newsIn = (facts: ReturnType<typeof of>) =>
    typeof facts === 'string'
      ? facts
      : [
          ...[isSweepOverdue(facts.sweptAgo), facts.problem, facts.policy],
          ...[areKeysOverdue(facts.keysInFiles), facts.keysInFiles?.because],
        ]

  function tellChanges(): void {
    const gone = new Set(texts.keys())
    for (const { namespace, name } of caches.retentionPolicies.list()) {
      const key = `${namespace}/${name}`
      gone.delete(key)
      const text = canonicalJson(newsIn(of(namespace, name)))
      if (texts.get(key) === text) continue
      texts.set(key, text)
      onChange(key)
    }
    for (const key of gone) texts.delete(key)
  }

  return {
    of,
    async ask(): Promise<void> {
      const state = await askSweep()
      failures = state === undefined ? failures + 1 : 0
      if (state !== undefined) {
        known = { state }
        byKey = new Map(state.policies.map((policy) => [`${policy.tenant}/${policy.name}`, policy]))
      } else if (failures >= SILENT_AFTER) known = 'Silent'
      tellChanges()
    },
  }
}

/** Not how many were stored: that changes with each call. */
const newsOf = (state: RecordsState | undefined) =>
  state && canonicalJson([state.ready, state.reason, state.deliveries, state.roots])

function createRecordsStore({ caches, askRecords, onChange }: StorePollerOptions) {
  const states = new Map<string, RecordsState>()
  const wakeNamespace = (namespace: string) => {
    for (const { name } of caches.retentionPolicies.byIndex('namespace', namespace)) onChange(`${namespace}/${name}`)
  }
  const askOne = async ({ namespace, ip, uid, running }: CachedPod): Promise<void> => {
    const state = running && ip !== undefined ? await askRecords({ namespace, ip }) : undefined
    const before = states.get(uid)
    if (state === undefined) states.delete(uid)
    else states.set(uid, state)
    if (newsOf(before) !== newsOf(state)) wakeNamespace(namespace)
  }
  return {
    of: (uid: string) => states.get(uid),
    async ask(): Promise<void> {
      const sets = [...(caches.records?.list() ?? [])]
      const waiting = sets.flatMap(({ namespace }) => [...caches.pods.byIndex('bot', `${namespace}/`)])
      const uids = new Set(waiting.map(({ uid }) => uid))
      for (const uid of states.keys()) if (!uids.has(uid)) states.delete(uid)
      const askNext = async (): Promise<void> => {
        for (let pod = waiting.pop(); pod !== undefined; pod = waiting.pop()) await askOne(pod)
      }
      await Promise.all(Array.from({ length: AT_ONCE }, askNext))
    },
  }
}
