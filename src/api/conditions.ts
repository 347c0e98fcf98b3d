/**
 * The one list of what a status can say. Whoever sets a condition takes type, reason and wording from here, so that the
 * status, the alerts and the runbooks use the same words.
 *
 * Ready (Succeeded for a run) is the summary. Reconciling and Stalled follow kstatus: they are present only while True
 * (https://github.com/kubernetes-sigs/cli-utils/tree/master/pkg/kstatus).
 */
import { REASONS, type Reason } from './reasons.ts'

export { REASONS, type Reason }

export const CONDITION_TYPES = {
  Ready: 'Summary of all others: True when the state of the object is as its spec specifies.',
  Succeeded: 'FailoverDrill: True when the run passed, False when it ended in another way, Unknown while it runs.',
  Reconciling: 'Present while the operator is still applying the newest spec.',
  Stalled: 'Present when the operator can not continue until the configuration is fixed.',
  ReferencesResolved: 'All referenced objects exist and can be used.',
  PodsAvailable: 'Callbot: the desired number of pods take calls.',
  PlacementMet:
    'Callbot: its pods, and the edges, speech servers and store of the installation, run on nodes inside of placement. Absent where neither the spec nor the chart has a placement.',
  ZonesHealthy: 'Callbot: every zone has its pods, and they answer.',
  ZoneRedundant: 'Callbot: pods are spread over two zones or more, so that one can fail. False is allowed by Ready.',
  PoliciesEnforced:
    'Callbot: no connection is possible to a port of its pods that their NetworkPolicy keeps closed. Absent until one was tried. False is allowed by Ready.',
  CertificateReady: 'Callbot: the pods have a valid certificate of the current authority.',
  WithinShare:
    'Callbot: the namespace has room for the bot, its numbers and the pods that it needs. False is allowed by Ready while only more pods than at rest are refused.',
  DialogValid: 'Callbot: the conversation flow is valid, and is in the configuration of pods.',
  TestsPassed:
    'Callbot: the newest conversation flow has passed the tests of the spec, if any. Absent until a pod has run them.',
  SpeechReady: 'Callbot: the pods reach recognition and synthesis servers. Absent until a pod has needed one.',
  PlacesFree:
    'Callbot: there is a free place for the next caller, now or as soon as a pod has started. Absent until a pod has reported its places.',
  CallsAnswered: 'Callbot: calls do not end because of a fault of the bot. Absent until a pod has reported its calls.',
  FallbackReachable:
    'Callbot: the emergency number can be called. Unknown until the edges have reported. Absent where the installation has no edges.',
  RoutesPublished:
    'Callbot: the route table is written, and all edges that answer the operator run it. Without edges: the route table is written.',
  EdgesReady:
    'Callbot: no edge reports why it takes no calls, such as a missing public address. Absent without edges. False is allowed by Ready.',
  RouteAvailable: 'Integration: at least one trunk, and one endpoint, answers.',
  BackupAvailable: 'Integration: the backup would answer if it were needed now.',
  ProbesInTime:
    'Integration: edges probe its trunks as often as sip.probe.intervalSeconds says. Absent while they do. False is allowed by Ready.',
  DrillReady: 'Integration: a drill could run now. Absent without a schedule.',
  DrillOnTime: 'Integration: the newest passed drill is not older than the schedule allows. Absent without a schedule.',
  StoreReachable: 'RetentionPolicy: records can be stored and erased. Absent where nothing is kept.',
  PurgeOnTime:
    'RetentionPolicy: keys of expired records are destroyed in time. Absent where nothing is kept. False in mode Audit, which Ready allows.',
  Delivered:
    'RetentionPolicy: the receiver takes what is delivered. Absent without a delivery. False with reason Undelivered, which Ready allows.',
} as const

export type ConditionType = keyof typeof CONDITION_TYPES

/** Conditions of each kind in the order in which a person wants them. */
export const CONDITIONS_OF = {
  Callbot: [
    'Ready',
    'Reconciling',
    'Stalled',
    'ReferencesResolved',
    'WithinShare',
    'DialogValid',
    'TestsPassed',
    'CertificateReady',
    'RoutesPublished',
    'EdgesReady',
    'PlacementMet',
    'ZonesHealthy',
    'ZoneRedundant',
    'PoliciesEnforced',
    'PodsAvailable',
    'PlacesFree',
    'SpeechReady',
    'CallsAnswered',
    'FallbackReachable',
  ],
  Integration: [
    'Ready',
    'Reconciling',
    'Stalled',
    'ReferencesResolved',
    'RouteAvailable',
    'BackupAvailable',
    'ProbesInTime',
    'DrillReady',
    'DrillOnTime',
  ],
  RetentionPolicy: ['Ready', 'Reconciling', 'Stalled', 'StoreReachable', 'PurgeOnTime', 'Delivered'],
  FailoverDrill: ['Succeeded', 'Reconciling', 'Stalled'],
} as const satisfies Record<string, readonly ConditionType[]>

/** The names between braces in a wording. */
type Holes<T extends string> = T extends `${string}{${infer Hole}}${infer Rest}` ? Hole | Holes<Rest> : never

type Values<R extends Reason> = Record<Holes<(typeof REASONS)[R]['message']>, string | number>

/**
 * The sentence for a reason, its holes filled. Values are names of objects, zones and counts, never anything of a
 * caller: a status is readable by many.
 */
export function wordingOf<R extends Reason>(
  reason: R,
  ...[values]: [Holes<(typeof REASONS)[R]['message']>] extends [never] ? [] : [Values<R>]
): string {
  const given = (values ?? {}) as Record<string, string | number>
  return REASONS[reason].message.replaceAll(/\{(\w+)\}/g, (_, hole: string) => String(given[hole]))
}
