/** What `callbot drill report` says of a drill: text for people. Pure. */
import type { FailoverDrill } from '../api/failover-drill.ts'
import { segmentsOf, timelineLines } from './timeline.ts'

export const titleOf = ({ metadata, spec, status }: FailoverDrill): string =>
  `${metadata.namespace ?? 'default'}/${metadata.name}: ${spec.integrationRef.name}, ${spec.side} ${spec.scenario}, ${spec.mode}: ${status?.verdict ?? status?.state ?? 'Pending'}`

type RealCalls = NonNullable<NonNullable<FailoverDrill['status']>['realCalls']>

/** Lines, the verdict first. */
export function reportLines(drill: FailoverDrill): string[] {
  const { because, calls, realCalls, detect, deficiencies = [], notShown = [], evidence } = drill.status ?? {}
  const { switch: switched, return: returned } = drill.status ?? {}
  const timeline = timelineLines(segmentsOf(drill))
  return [
    titleOf(drill),
    ...(because === undefined ? [] : [`  ${because}`]),
    ...(timeline.length > 0 ? ['', ...timeline] : []),
    '',
    ...row('detected', detect),
    ...row('calls by the backup', switched),
    ...row('calls by the primary', returned),
    ...row('tests', calls && `${calls.placed}, ${calls.good} good, ${calls.failed} failed`),
    ...row('real calls', realCalls && realCallsText(realCalls)),
    ...row('record', evidence && `${evidence.configMap}, SHA-256 ${evidence.digest}`),
    ...list('found to be wrong', deficiencies),
    ...list('not shown', notShown),
  ]
}

const realCallsText = ({ met, answered, unanswered, rescued, spared }: RealCalls) =>
  `${met} met it: ${answered} answered by the backup, ${unanswered} rang there in vain, ${rescued} rescued by the primary; ${spared} spared`

const row = (name: string, value: string | undefined): string[] =>
  value === undefined ? [] : [`  ${`${name}:`.padEnd(22)}${value}`]

const list = (name: string, points: readonly string[]): string[] =>
  points.length === 0 ? [] : [`  ${name}:`, ...points.map((point) => `    - ${point}`)]
