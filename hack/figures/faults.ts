/** The proofs under fault: which figures of them docs/benchmarks.md shows. */
import { percentile } from '../../bench/voice/figures.ts'
import { shareLost, type Voice } from '../calls/voice-judge.ts'
import { byPromise, define, type Figure, type Proof } from './proof.ts'

type FaultyBackend = 'silent' | 'found' | 'refuses' | 'answers503'

interface BackupRoute {
  calls: number
  lost: number
  twice: number
  parts: { primary: string; shownSeconds?: number; failover: { p99: number } }[]
  kamailioWithDefaults: { silent: number[] }
  kamailioTuned?: Record<FaultyBackend, number[]> & { slow: { calls: number; answeredTwice: number } }
}

const failoverMs = (primary: string): Figure<BackupRoute> => ({
  what: `backup asked after, p99, primary ${primary}`,
  unit: 'ms',
  of: ({ parts }) => 1_000 * parts.find((part) => part.primary === primary)!.failover.p99,
})
const tunedMs = (part: FaultyBackend, what: string): Figure<BackupRoute> => ({
  what: `Kamailio, tuned: backup answers after, at most, primary ${what}`,
  unit: 'ms',
  of: ({ kamailioTuned }) => 1_000 * Math.max(...kamailioTuned![part]),
})

const backupRoute = define<BackupRoute>({
  name: 'backup-route',
  section: 'fault',
  ...byPromise('backup-route-answers'),
  isComplete: ({ calls }) => calls >= 1_000,
  figures: {
    calls: { what: 'transfers', of: ({ calls }) => calls },
    lost: { what: 'of them lost', most: 0, of: ({ lost }) => lost },
    twice: { what: 'rung twice for half a second or longer', most: 0, of: ({ twice }) => twice },
    shown: {
      ...{ what: 'kubectl shows the backup after, at most', unit: 's', digits: 1, most: 5 },
      of: ({ parts }) => Math.max(...parts.flatMap(({ shownSeconds }) => shownSeconds ?? [])),
    },
    silent: failoverMs('is silent'),
    answers503: failoverMs('answers 503'),
    refuses: failoverMs('refuses'),
    slow: failoverMs('takes its time'),
    'defaults/silent': {
      ...{ what: 'Kamailio with its defaults: backup answers after, primary is silent', unit: 's', digits: 1 },
      of: ({ kamailioWithDefaults }) => Math.max(...kamailioWithDefaults.silent),
    },
    'tuned/silent': tunedMs('silent', 'is silent, not found out yet'),
    'tuned/found': tunedMs('found', 'is silent, found out'),
    'tuned/answers503': tunedMs('answers503', 'answers 503'),
    'tuned/refuses': tunedMs('refuses', 'refuses'),
    'tuned/twice': {
      ...{ what: 'Kamailio, tuned: callers answered twice, primary takes its time', unit: '%' },
      of: ({ kamailioTuned }) => (100 * kamailioTuned!.slow.answeredTwice) / kamailioTuned!.slow.calls,
    },
  },
})

interface HttpBackup {
  calls: number
  failed: number
  confirmedTwice: number
  times: { p99: number }[]
  shown: { seconds: number }[]
}
const httpBackup = define<HttpBackup>({
  name: 'http-backup',
  section: 'fault',
  ...byPromise('http-backup-answers'),
  isComplete: ({ calls }) => calls >= 1_000,
  figures: {
    calls: { what: 'calls', of: ({ calls }) => calls },
    failed: { what: 'dialogs that failed', most: 0, of: ({ failed }) => failed },
    twice: { what: 'bookings confirmed twice', most: 0, of: ({ confirmedTwice }) => confirmedTwice },
    whole: {
      ...{ what: 'INVITE to BYE, p99 under the worst fault', unit: 's', digits: 1 },
      of: ({ times }) => Math.max(...times.map(({ p99 }) => p99)),
    },
    shown: {
      ...{ what: 'kubectl shows the backup after, at most', unit: 's', digits: 1 },
      of: ({ shown }) => Math.max(...shown.map(({ seconds }) => seconds)),
    },
  },
})

interface EmergencyNumber {
  figures: { cause: string; calls: number; heard: number; p99: number }[]
}
const total = (numbers: readonly number[]) => numbers.reduce((sum, number) => sum + number, 0)
const emergencyNumber = define<EmergencyNumber>({
  name: 'emergency-number',
  section: 'fault',
  ...byPromise('emergency-number-answers'),
  isComplete: ({ figures }) => total(figures.map(({ calls }) => calls)) >= 800,
  figures: {
    calls: { what: 'callers', of: ({ figures }) => total(figures.map(({ calls }) => calls)) },
    causes: { what: 'causes', of: ({ figures }) => new Set(figures.map(({ cause }) => cause)).size },
    unheard: {
      ...{ what: 'callers who heard nobody', most: 0 },
      of: ({ figures }) => total(figures.map(({ calls, heard }) => calls - heard)),
    },
    heard: {
      ...{ what: 'a person is heard after, p99 of the worst cause', unit: 's', digits: 1 },
      of: ({ figures }) => Math.max(...figures.map(({ p99 }) => p99)),
    },
  },
})

interface Peak {
  calls: number
  failed: number
  byPeople: number
  answerMs: number[]
}
const peak = define<Peak>({
  name: 'peak',
  section: 'fault',
  ...byPromise('peak-is-answered'),
  isComplete: ({ calls }) => calls >= 200,
  figures: {
    calls: { what: 'calls in 10 s, pods of 20', of: ({ calls }) => calls },
    failed: { what: 'of them failed', most: 0, of: ({ failed }) => failed },
    byPeople: { what: 'answered by people', of: ({ byPeople }) => byPeople },
    p99: { what: 'answered after, p99', unit: 'ms', of: ({ answerMs }) => percentile(answerMs, 99) },
    latest: { what: 'answered after, at most', unit: 'ms', most: 3_000, of: ({ answerMs }) => Math.max(...answerMs) },
  },
})

interface Live extends Voice {
  placed: number
  failed: number
}
interface Rollouts {
  rollouts: number
  long: Live
  short: Live
}
const lost: Pick<Figure<never>, 'what' | 'unit' | 'digits'> = {
  ...{ what: 'frames due that were not heard', unit: '%', digits: 3 },
}
const silence = { what: 'without a frame, at most', unit: 'ms' }
const rollouts = define<Rollouts>({
  name: 'rollouts',
  section: 'fault',
  ...byPromise('rollout-cuts-no-call'),
  figures: {
    rollouts: { what: 'rollouts in 600 s', of: ({ rollouts }) => rollouts },
    calls: { what: 'calls through all of them', of: ({ long }) => long.placed },
    cut: { what: 'of them cut', most: 0, of: ({ long }) => long.failed },
    others: { what: 'calls that came meanwhile', of: ({ short }) => short.placed },
    refused: { what: 'of them refused or cut', most: 0, of: ({ short }) => short.failed },
    due: { what: 'frames of voice due', of: ({ long }) => long.due },
    lost: { ...lost, most: 0.01, of: ({ long }) => 100 * shareLost(long) },
    silence: { ...silence, most: 100, of: ({ long }) => long.longestSilenceMs },
  },
})

type ScaleDown = Voice & { calls: number; failed: number }
const scaleDown = define<ScaleDown>({
  name: 'scale-down',
  section: 'fault',
  ...byPromise('scale-down-touches-no-call'),
  figures: {
    calls: { what: 'calls while nine pods become three', of: ({ calls }) => calls },
    cut: { what: 'of them cut', most: 0, of: ({ failed }) => failed },
    due: { what: 'frames of voice due', of: ({ due }) => due },
    lost: { ...lost, of: (run) => 100 * shareLost(run) },
    silence: { ...silence, of: ({ longestSilenceMs }) => longestSilenceMs },
  },
})

type NodeDrain = { drainSeconds: number; long: Live; short: Live }
const nodeDrain = define<NodeDrain>({
  name: 'node-drain',
  section: 'fault',
  ...byPromise('a-drained-node-cuts-no-call'),
  figures: {
    cut: { what: 'calls cut', most: 0, of: ({ long, short }) => long.failed + short.failed },
    lost: { ...lost, of: ({ long }) => 100 * shareLost(long) },
    silence: { ...silence, of: ({ long }) => long.longestSilenceMs },
    empty: { what: 'the node is empty after', unit: 's', of: ({ drainSeconds }) => drainSeconds },
  },
})

export const CALLS_UNDER_FAULT: readonly Proof[] = [
  backupRoute,
  httpBackup,
  emergencyNumber,
  peak,
  rollouts,
  scaleDown,
  nodeDrain,
]
