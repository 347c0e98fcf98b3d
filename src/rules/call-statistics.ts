import type { ReportedTest } from './flow/test-results.ts'
import type { PolicyTold } from './policy-order.ts'
import type { PodObservations } from './part-state.ts'

/** What one pod reports about its calls; see `/state` in docs/concepts.md. Nothing of a caller is in it. */
export interface PodState {
  /** Live calls. */
  calls: number
  /** Calls that it carries at once, at most; undefined: it does not say. */
  places: number | undefined
  /** It takes no new calls. */
  draining: boolean
  /** Since the pod started. */
  answered: number
  failed: number
  refused: number
  /** Epoch milliseconds. */
  lastCallAt: number | undefined
  answerMillisecondsP95: number | undefined
  http: PodObservations
  asr: ServerState
  tts: ServerState
  flowProblem: { path: string; message: string } | undefined
  /** The first of the bot's own tests that its newest dialog fails. */
  failedTest: ReportedTest | undefined
  /** The policy that its calls go by; undefined: it does not say. */
  policy: PolicyTold | undefined
  /** Where it listens and nobody may connect; undefined: an older version, which does not listen there. */
  closedPort: number | undefined
  /** Name of the ConfigMap that the pod was made with: whoever asked it knows. */
  configuration?: string | undefined
}

/** A test that a version of the bot fails. */
export interface FailedVersion extends ReportedTest {
  configuration: string | undefined
}

/** Whether the servers that hear (or speak) answer the pod; `because` when none does. */
export interface ServerState {
  state: 'Ready' | 'Failing' | 'Unknown'
  because: string
}

/** What all pods of a bot tell, put together. */
export interface CallsFacts {
  /** Pods that told. */
  reporting: number
  calls: number
  /** Calls that those pods carry at once which take new ones; undefined while none says. */
  places: number | undefined
  /** Those of them that are free. */
  free: number
  answered: number
  failed: number
  lastCallAt: number | undefined
  p95Milliseconds: number | undefined
  /** Undefined while no pod has asked a server. */
  speech: 'Ready' | SpeechFault | undefined
  failing: boolean
  flowProblem: { path: string; message: string } | undefined
  /** One for each version that fails a test. */
  failedTests: readonly FailedVersion[]
}

export interface SpeechFault {
  what: 'asr' | 'tts'
  pods: number
  because: string
}

/** Calls that ended within some seconds, as an entry of a short history. */
export interface CallsEnded {
  /** Epoch milliseconds. */
  at: number
  answered: number
  failed: number
}

export const HISTORY_MS = 600_000
const BIN_MS = 30_000
/** Fewer faults than this may be bad luck. */
const FEWEST_FAULTS = 3
const FAULT_SHARE = 0.05

export function summariseCalls(pods: readonly PodState[], history: readonly CallsEnded[]): CallsFacts {
  const sum = (of: (pod: PodState) => number) => pods.reduce((total, pod) => total + of(pod), 0)
  const most = (of: (pod: PodState) => number | undefined) =>
    pods.reduce<number | undefined>((highest, pod) => {
      const value = of(pod)
      return value === undefined || value <= (highest ?? -Infinity) ? highest : value
    }, undefined)
  const p95 = most((pod) => pod.answerMillisecondsP95)
  return {
    reporting: pods.length,
    calls: sum((pod) => pod.calls),
    places: pods.some(({ places }) => places !== undefined)
      ? sum(({ places = 0, draining }) => (draining ? 0 : places))
      : undefined,
    free: sum(({ places = 0, draining, calls }) => (draining ? 0 : Math.max(0, places - calls))),
    answered: sum((pod) => pod.answered),
    failed: sum((pod) => pod.failed),
    lastCallAt: most((pod) => pod.lastCallAt),
    p95Milliseconds: p95 === undefined ? undefined : roundUp(p95),
    speech: judgeServers(pods),
    failing: isFailing(history),
    flowProblem: pods.find((pod) => pod.flowProblem !== undefined)?.flowProblem,
    failedTests: failedVersions(pods),
  }
}

/** Pods of one version fail alike. */
function failedVersions(pods: readonly PodState[]): FailedVersion[] {
  const found = new Map<string | undefined, FailedVersion>()
  for (const { failedTest, configuration } of pods) {
    if (failedTest !== undefined) found.set(configuration, { ...failedTest, configuration })
  }
  return [...found.values()]
}

function judgeServers(pods: readonly PodState[]): CallsFacts['speech'] {
  for (const what of ['asr', 'tts'] as const) {
    const failing = pods.filter((pod) => pod[what].state === 'Failing')
    if (failing.length > 0) return { what, pods: failing.length, because: failing[0]![what].because }
  }
  const known = pods.some(({ asr, tts }) => asr.state === 'Ready' || tts.state === 'Ready')
  return known ? 'Ready' : undefined
}

function isFailing(history: readonly CallsEnded[]): boolean {
  const failed = history.reduce((total, entry) => total + entry.failed, 0)
  const answered = history.reduce((total, entry) => total + entry.answered, 0)
  return failed >= FEWEST_FAULTS && failed > FAULT_SHARE * Math.max(answered, failed)
}

/** Two digits are enough for people, and a third would change the status with each call. */
function roundUp(milliseconds: number): number {
  const unit = 10 ** Math.max(0, Math.floor(Math.log10(Math.max(1, milliseconds))) - 1)
  return Math.ceil(milliseconds / unit) * unit
}

/** The history with what ended since the pod was asked before. A pod that tells less than before was restarted. */
export function withEnded(
  history: readonly CallsEnded[],
  before: PodState | undefined,
  after: PodState | undefined,
  now: number,
): CallsEnded[] {
  const recent = history.filter(({ at }) => now - at < HISTORY_MS)
  if (before === undefined || after === undefined) return recent
  const answered = Math.max(0, after.answered - before.answered)
  const failed = Math.max(0, after.failed - before.failed)
  if (answered === 0 && failed === 0) return recent
  const last = recent.at(-1)
  if (last === undefined || now - last.at >= BIN_MS) return [...recent, { at: now, answered, failed }]
  return [...recent.slice(0, -1), { at: last.at, answered: last.answered + answered, failed: last.failed + failed }]
}

/**
 * A fault that lasts keeps its first explanation: pods word it differently from one try to the next, and each wording would
 * be a change of the status.
 */
export function withStableMessage(before: CallsFacts | undefined, after: CallsFacts): CallsFacts {
  const [known, now] = [before?.speech, after.speech]
  const lasts = typeof known === 'object' && typeof now === 'object' && known.what === now.what
  return lasts ? { ...after, speech: { ...now, because: known.because } } : after
}

/** What makes a status of calls worth writing. */
export const isSameStatus = (a: CallsFacts | undefined, b: CallsFacts | undefined): boolean =>
  JSON.stringify(a) === JSON.stringify(b)

/**
 * Three lanes, each with its own budget of questions in a second over all pods, so that a few thousand bots cost no more
 * than a hundred: a busy pod keeps its connection and is cheap to ask, an idle one costs a handshake (some 1.3 ms of a core),
 * a silent one is dead. Beyond that no living pod waits longer than `longest`, whatever their number.
 */
export type PollClass = 'busy' | 'idle' | 'silent'
export const POLL_CLASSES = {
  busy: { seconds: 2, inASecond: 25, longest: 120 },
  idle: { seconds: 5, inASecond: 20, longest: 180 },
  silent: { seconds: 10, inASecond: 5, longest: Infinity },
} as const satisfies Record<PollClass, { seconds: number; inASecond: number; longest: number }>

/** A pod that had a call within this time is likely to have another. */
const BUSY_FOR_MS = 60_000
const SILENT_AFTER = 3
const LONGEST_SILENCE_SECONDS = 60

/** Whether a pod is in the fast lane. */
export const isBusy = (state: PodState | undefined, now: number): boolean =>
  state !== undefined && (state.calls > 0 || now - (state.lastCallAt ?? -Infinity) < BUSY_FOR_MS)

export function pollClassOf(pod: { busy: boolean; failures: number }): PollClass {
  if (pod.failures >= SILENT_AFTER) return 'silent'
  return pod.busy ? 'busy' : 'idle'
}

/** Seconds until a pod is asked again; one that doesn't answer is asked less and less. `chance` in [0, 1) spreads them out. */
export function pollIntervalSeconds(
  pod: { busy: boolean; failures: number },
  counts: Record<PollClass, number>,
  chance: number,
): number {
  const lane = pollClassOf(pod)
  const { seconds, inASecond, longest } = POLL_CLASSES[lane]
  const patience = lane === 'silent' ? Math.min(LONGEST_SILENCE_SECONDS, 2 ** pod.failures) : 0
  return Math.max(seconds, patience, Math.min(longest, counts[lane] / inASecond)) * (0.9 + 0.2 * chance)
}

/** Status writes in a second that the counting of calls may cause, over all bots. */
const WRITTEN_IN_A_SECOND = 20
const SHOWN_SECONDS = 5

/** Seconds that a bot's calls stay in the status before newer ones take their place. */
export const statusIntervalSeconds = (busyBots: number): number =>
  Math.max(SHOWN_SECONDS, busyBots / WRITTEN_IN_A_SECOND)
