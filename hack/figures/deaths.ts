/** The proofs in which a zone, a pod or the operator dies. */
import { byPromise, define, type Figure, type Proof } from './proof.ts'

interface Loss {
  fault: string
  calls: number
  failed: number
  shownSeconds: number
  addedMs: { p99: number }
  answeredLate: number
}
const lossFigures = (name: string, fault: string): Record<string, Figure<{ losses: Loss[] }>> => {
  const of = (read: (loss: Loss) => number) => (run: { losses: Loss[] }) =>
    read(run.losses.find((loss) => loss.fault === fault)!)
  return {
    [`${name}/calls`]: { what: `new calls, zone ${fault}`, of: of(({ calls }) => calls) },
    [`${name}/failed`]: { what: `of them failed, zone ${fault}`, most: 0, of: of(({ failed }) => failed) },
    [`${name}/added`]: { what: `added p99, zone ${fault}`, unit: 'ms', of: of(({ addedMs }) => addedMs.p99) },
    [`${name}/shown`]: {
      ...{ what: `kubectl shows it after, zone ${fault}`, unit: 's', digits: 1, most: 10 },
      of: of(({ shownSeconds }) => shownSeconds),
    },
  }
}

const zoneLoss = define<{ losses: Loss[] }>({
  name: 'zone-loss',
  section: 'fault',
  ...byPromise('zone-loss-costs-no-new-call'),
  isComplete: ({ losses }) => losses.length === 2,
  figures: { ...lossFigures('cut', 'cut off'), ...lossFigures('frozen', 'frozen') },
})

const worst = (seconds: Record<string, number>, what: string) =>
  Math.max(...Object.entries(seconds).flatMap(([name, value]) => (name.endsWith(what) ? [value] : [])))

const zoneCut = define<{ seconds: Record<string, number> }>({
  name: 'zone-cut',
  section: 'fault',
  ...byPromise('zone-cut-shows', 'zone-cut-shows-within-ten-seconds'),
  isComplete: ({ seconds }) => Object.keys(seconds).length === 4,
  figures: {
    shown: {
      ...{ what: 'shown after, also when the leader is in the lost zone', unit: 's', digits: 1, most: 10 },
      of: ({ seconds }) => worst(seconds, ': seen'),
    },
    back: { what: 'back after', unit: 's', digits: 1, of: ({ seconds }) => worst(seconds, ': healed') },
  },
})

interface Ghosts {
  rounds: number
  calls: number
  ghosts: number
  latestMs: number
}
const ghosts = define<Ghosts>({
  name: 'ghosts',
  section: 'fault',
  ...byPromise('thawed-pod-answers-no-ghost'),
  isComplete: ({ rounds }) => rounds >= 10,
  figures: {
    calls: { what: 'calls while ten pods are frozen and thawed', of: ({ calls }) => calls },
    ghosts: { what: 'answered twice', most: 0, of: ({ ghosts }) => ghosts },
    latest: { what: 'answered after, at most', unit: 'ms', most: 1_500, of: ({ latestMs }) => latestMs },
  },
})

interface PodKill {
  kills: number
  answered: number
  answeredByAnother: number
  latestMs: number
}
const podKill = define<PodKill>({
  name: 'pod-kill',
  section: 'fault',
  ...byPromise('a-killed-pod-costs-no-caller'),
  isComplete: ({ kills }) => kills >= 100,
  figures: {
    kills: { what: 'kills in the set-up', of: ({ kills }) => kills },
    unanswered: { what: 'callers not answered', most: 0, of: ({ kills, answered }) => kills - answered },
    another: { what: 'answered by another pod', of: ({ answeredByAnother }) => answeredByAnother },
    latest: { what: 'answered after, at most', unit: 'ms', of: ({ latestMs }) => latestMs },
  },
})

interface CrashPoints {
  points: number
  recovered: number
  slowestSeconds: number
}
const crashPoints = define<CrashPoints>({
  name: 'crash-points',
  section: 'fault',
  ...byPromise('operator-dies-at-every-write'),
  isComplete: ({ points }) => points >= 100,
  figures: {
    kills: { what: 'kills of the operator, before and after each write', of: ({ points }) => points },
    lost: { what: 'not recovered from', most: 0, of: ({ points, recovered }) => points - recovered },
    slowest: { what: 'recovered after, at most', unit: 's', digits: 1, of: ({ slowestSeconds }) => slowestSeconds },
  },
})

export const DEATHS: readonly Proof[] = [zoneLoss, zoneCut, ghosts, podKill, crashPoints]
