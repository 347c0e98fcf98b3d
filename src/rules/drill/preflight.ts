/**
 * Whether a drill could run now, and what is missing: asked all the time, so that nobody learns it at the hour of the drill. Each check stands
 * for one way in which a drill could hurt a caller or prove nothing.
 */
import type { Mode, Scenario, Side } from '../../api/drill-run.ts'
import type { PartState } from '../part-state.ts'
import type { DeclaredPart } from '../route-status.ts'

export interface Check {
  readonly name: CheckName
  readonly result: 'Passed' | 'Failed' | 'Unknown'
  readonly reason: CheckReason
  readonly message: string
}

/** IntegrationFound fails alone: without an Integration there is nothing else to check. */
export type CheckName = (typeof CHECKS)[number] | 'IntegrationFound'
export const CHECKS = [
  'KillSwitchOff',
  'BackupDeclared',
  'TestCallDeclared',
  'FailoverOnRefusal',
  'ZonesAnswer',
  'RoutesAnswer',
  'CapacitySuffices',
  'NoOtherDrill',
  'ClocksAgree',
] as const

/** The reason of a condition: from the list in api/drill-reasons.ts, or in api/reasons.ts. */
export type CheckReason =
  | 'DrillPossible'
  | 'IntegrationNotFound'
  | 'KillSwitch'
  | 'BackupMissing'
  | 'NoTestCall'
  | 'RefusalNotFailedOver'
  | 'ZoneUnreachable'
  | 'PrimaryDown'
  | 'BackupDown'
  | 'RouteUnknown'
  | 'CapacityTooSmall'
  | 'OtherDrillRuns'
  | 'ClockSkewed'

/** A trunk or endpoint, with what bounds it. */
export interface DrilledPart extends DeclaredPart {
  /** Concurrent calls, for each edge. Absent: no bound. */
  readonly maxCalls?: number | undefined
}

/** What one edge (for endpoints: one pod) says of the parts of the Integration. */
export interface DrillWitness {
  /** For endpoints: the bot of the pod. */
  readonly zone: string
  readonly parts: readonly {
    readonly name: string
    readonly state: PartState
    readonly calls: number
  }[]
}

export interface PreflightFacts {
  readonly integration: string
  readonly mode: Mode
  readonly side: Side
  readonly scenario: Scenario
  /** In the order in which they are tried: the primary first. */
  readonly parts: readonly DrilledPart[]
  /** SIP: responses after which the next trunk is tried. */
  readonly failoverCodes: readonly number[]
  /** There is a test number (SIP), or an operation for tests (HTTP). */
  readonly hasTestCall: boolean
  /** Missing: the ConfigMap is not there, which counts as on. */
  readonly killSwitch: 'Off' | 'On' | 'Missing'
  /** Undefined: not all of them were asked yet. */
  readonly witnesses: readonly DrillWitness[] | undefined
  /** Zones in which there is an edge or a pod, or should be. */
  readonly zones: readonly string[]
  /** Drills that run now and share a bot or a system with this one, by name. */
  readonly otherDrills: readonly string[]
  /** Our clock less that of the API server, in milliseconds. Undefined: never compared. */
  readonly clockSkewMilliseconds: number | undefined
}

/** Beyond that, a slot could be decided at the wrong time. Milliseconds. */
const MOST_SKEW = 30_000

/** Every check that the mode needs, in the order in which a person should look at them. */
export function preflight(facts: PreflightFacts): Check[] {
  const changesNothing = facts.mode === 'DryRun'
  const isTrunk = facts.side === 'SIP'
  return [
    killSwitch(facts),
    backup(facts),
    ...(changesNothing ? [] : [testCall(facts)]),
    ...(isTrunk && facts.scenario === 'Refuse' ? [refusal(facts)] : []),
    zones(facts),
    routes(facts),
    ...(isTrunk ? [capacity(facts)] : []),
    ...(changesNothing ? [] : [otherDrill(facts)]),
    clocks(facts),
  ]
}

/** The first that failed, or else the first that is unknown; undefined: a drill could run. */
export const firstLacking = (checks: readonly Check[]): Check | undefined =>
  checks.find(({ result }) => result === 'Failed') ?? checks.find(({ result }) => result === 'Unknown')

const passed = (name: CheckName, message: string): Check => ({
  name,
  result: 'Passed',
  reason: 'DrillPossible',
  message,
})
const failed = (name: CheckName, reason: CheckReason, message: string): Check => ({
  name,
  result: 'Failed',
  reason,
  message,
})
const unknown = (name: CheckName, message: string): Check => ({
  name,
  result: 'Unknown',
  reason: 'RouteUnknown',
  message,
})

const primaryOf = ({ parts }: PreflightFacts) => parts.find(({ role }) => role === 'Primary')
const backupsOf = ({ parts }: PreflightFacts) => parts.filter(({ role }) => role === 'Backup')
const listOf = (facts: PreflightFacts) => (facts.side === 'SIP' ? 'sip.trunks' : 'http.endpoints')

function killSwitch({ killSwitch: state }: PreflightFacts): Check {
  const name = 'KillSwitchOff'
  if (state === 'Off') return passed(name, 'drills are not stopped')
  const message =
    state === 'On'
      ? 'all drills are stopped: set the key stop of ConfigMap callbot-drills to "false" to allow them again'
      : 'ConfigMap callbot-drills with the key stop is missing, so no drill may run: install the chart again'
  return failed(name, 'KillSwitch', message)
}

function backup(facts: PreflightFacts): Check {
  const [name, list] = ['BackupDeclared', listOf(facts)] as const
  if (primaryOf(facts) === undefined) {
    return failed(
      name,
      'BackupMissing',
      `Integration ${facts.integration} has no ${list}: add them, or drill the other side`,
    )
  }
  const [first] = backupsOf(facts)
  if (first !== undefined) return passed(name, `${first.name} is the backup`)
  return failed(
    name,
    'BackupMissing',
    `Integration ${facts.integration} has no backup: add one with role Backup to ${list}`,
  )
}

function testCall({ hasTestCall, side, integration }: PreflightFacts): Check {
  const name = 'TestCallDeclared'
  if (hasTestCall) return passed(name, 'test calls have a destination')
  const field = side === 'SIP' ? 'sip.testCall' : 'http.testOperation'
  return failed(name, 'NoTestCall', `Integration ${integration} has no ${field}: add it, or set mode to DryRun`)
}

function refusal({ failoverCodes }: PreflightFacts): Check {
  const name = 'FailoverOnRefusal'
  if (failoverCodes.includes(503)) return passed(name, 'calls fail over after 503')
  const message =
    'calls do not fail over after 503, which scenario Refuse answers: add 503 to sip.failover.onStatusCodes'
  return failed(name, 'RefusalNotFailedOver', message)
}

function zones({ witnesses, zones: expected, side }: PreflightFacts): Check {
  const [name, who] = ['ZonesAnswer', side === 'SIP' ? 'edge' : 'pod'] as const
  if (witnesses === undefined) return unknown(name, `not every ${who} has been asked yet`)
  const silent = expected.filter((zone) => !witnesses.some((each) => each.zone === zone))
  if (silent.length > 0) {
    const message =
      side === 'SIP'
        ? `no edge in ${silent.join(', ')} answers: check the nodes and the network of that zone`
        : `no pod of ${silent.join(', ')} reports the endpoints: check the pods of that bot`
    return failed(name, 'ZoneUnreachable', message)
  }
  if (witnesses.length === 0)
    return failed(name, 'ZoneUnreachable', `there is no ${who} that could be drilled: check the pods`)
  return passed(name, `${witnesses.length} of ${witnesses.length} ${who}s answer`)
}

/** The primary and the first backup have to answer everywhere: else the drill would start a real outage, or meet one. */
function routes(facts: PreflightFacts): Check {
  const name = 'RoutesAnswer'
  const [primary, [first]] = [primaryOf(facts), backupsOf(facts)]
  if (primary === undefined || first === undefined || facts.witnesses === undefined) {
    return unknown(name, 'not known until there are a primary and a backup, and all that use them have been asked')
  }
  const where = facts.side === 'SIP' ? 'in' : 'the pods of'
  const zonesWhere = (part: string, state: 'Up' | 'Down') =>
    facts
      .witnesses!.filter(({ parts }) => parts.find((each) => each.name === part)?.state === state)
      .map(({ zone }) => zone)
  for (const [part, reason] of [[first, 'BackupDown'] as const, [primary, 'PrimaryDown'] as const]) {
    const down = zonesWhere(part.name, 'Down')
    if (down.length > 0)
      return failed(name, reason, `${part.name} does not answer ${where} ${listed(down)}: repair it before a drill`)
    if (zonesWhere(part.name, 'Up').length < facts.witnesses.length)
      return unknown(name, `not everywhere is known yet whether ${part.name} answers`)
  }
  return passed(name, `${primary.name} and ${first.name} answer everywhere`)
}

/** The backup has to carry, on each edge, what that edge carries now. */
function capacity(facts: PreflightFacts): Check {
  const name = 'CapacitySuffices'
  const [first] = backupsOf(facts)
  if (first === undefined || facts.witnesses === undefined)
    return unknown(name, 'not known until there is a backup, and all edges have been asked')
  const bound = first.maxCalls ?? Infinity
  for (const { zone, parts } of facts.witnesses) {
    const calls = parts.reduce((sum, part) => sum + part.calls, 0)
    if (calls > bound) {
      return failed(
        name,
        'CapacityTooSmall',
        `${first.name} may carry ${bound} calls of an edge, and the edge in ${zone} has ${calls}: raise capacity.maxCalls of it`,
      )
    }
  }
  return passed(name, `${first.name} can carry the calls that there are now`)
}

function otherDrill({ otherDrills }: PreflightFacts): Check {
  const name = 'NoOtherDrill'
  if (otherDrills.length === 0) return passed(name, 'no other drill has to do with the same bots or systems')
  return failed(
    name,
    'OtherDrillRuns',
    `${listed(otherDrills)} runs, and shares a bot or a system with this one: wait until it has ended`,
  )
}

function clocks({ clockSkewMilliseconds: skew }: PreflightFacts): Check {
  const name = 'ClocksAgree'
  if (skew === undefined) return unknown(name, 'the clock was not compared with that of the API server yet')
  if (Math.abs(skew) <= MOST_SKEW) return passed(name, 'the clock agrees with that of the API server')
  const way = skew > 0 ? 'ahead of' : 'behind'
  return failed(
    name,
    'ClockSkewed',
    `the clock of the operator is ${Math.round(Math.abs(skew) / 1000)} s ${way} that of the API server: check NTP on the nodes`,
  )
}

const listed = (names: readonly string[]) => [...new Set(names)].sort().join(', ')
