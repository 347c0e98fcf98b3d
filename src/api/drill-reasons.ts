import type { ReasonText } from './reason-text.ts'

/** Reasons that have to do with drills: of an Integration, and of a FailoverDrill. */
export const drill = {
  DrillPossible: {
    when: 'Integration: each drill of the rotation could run now.',
    message: 'a drill could run now',
    runbook: 'drill-possible',
  },
  DrillRecent: {
    when: 'Integration: the newest passed drill, or without one the schedule, is younger than drill.overdueAfterSeconds.',
    message: 'no drill is overdue',
    runbook: 'drill-recent',
  },
  DrillOverdue: {
    when: 'Integration: no drill has passed within drill.overdueAfterSeconds.',
    message: 'the newest passed drill is overdue (last: {last}): {because}',
    runbook: 'drill-overdue',
  },
  DrillSkipped: {
    when: 'Integration: the drill of a slot was skipped or missed. Given by events only.',
    message: 'drill of {slot}',
    runbook: 'drill-skipped',
  },
  DrillDeleted: {
    when: 'Integration: a FailoverDrill was deleted while it ran. Given by events only.',
    message:
      'FailoverDrill {name} was deleted in state {state}, before it had a result. It counts as Aborted: use desiredState: Abort to end a drill, and do not delete it while it runs',
    runbook: 'drill-deleted',
  },
  ScheduleInvalid: {
    when: 'Integration: spec.drill.schedule or spec.drill.timeZone has an error that the API server can not detect.',
    message: '{because}',
    runbook: 'schedule-invalid',
  },
  ChecksPassed: {
    when: 'FailoverDrill: all checks passed. Nothing was made to fail.',
    message: 'all {passed} checks passed; nothing was made to fail',
    runbook: 'checks-passed',
  },
  ChecksPending: {
    when: 'FailoverDrill: a check could not be decided yet.',
    message: '{because}',
    runbook: 'checks-pending',
  },
  WaitingForLease: {
    when: 'FailoverDrill: the checks passed, and other drills have the leases of the edges. It begins by itself.',
    message: 'a namespace has one of the {most} leases of the edges at a time: {because}',
    runbook: 'waiting-for-lease',
  },
  NoLeaseInTime: {
    when: 'FailoverDrill: it waited for a lease of the edges until startingDeadlineSeconds of its schedule had passed, or into a blackout.',
    message: 'other drills had the leases of the edges, and {because}',
    runbook: 'no-lease-in-time',
  },
  ChecksFailed: {
    when: 'FailoverDrill: a check failed, or could not be decided in time.',
    message: '{because}',
    runbook: 'checks-failed',
  },
  AbortedByPerson: {
    when: 'FailoverDrill: desiredState is Abort.',
    message: 'desiredState is Abort',
    runbook: 'aborted-by-person',
  },
  DrillRuns: {
    when: 'FailoverDrill: the drill has begun and has not ended.',
    message: 'the drill is in state {state}',
    runbook: 'drill-runs',
  },
  DrillPassed: {
    when: 'FailoverDrill: test calls or requests used the backup during the fault and the primary after it, within all limits.',
    message: '{tests} used the backup {switched} after the fault, and the primary {returned} after its end',
    runbook: 'drill-passed',
  },
  BaselineFailed: {
    when: 'FailoverDrill: a test call or request failed before anything was made to fail.',
    message: 'no fault was simulated, for a {test} failed before: {because}',
    runbook: 'baseline-failed',
  },
  NotDetected: {
    when: 'FailoverDrill: not every edge, or not every pod that takes part, detected the simulated fault in time.',
    message:
      'the fault of {primary} was not detected by every {holder} within {limit}: check {probe} of the Integration',
    runbook: 'not-detected',
  },
  BackupFailed: {
    when: 'FailoverDrill: test calls or requests over the backup failed, or none succeeded in time.',
    message: 'during the fault, {failed} of {placed} {tests} failed: {because}',
    runbook: 'backup-failed',
  },
  NotReturned: {
    when: 'FailoverDrill: test calls or requests did not return to the primary in time after the end of the fault.',
    message: '{tests} did not return to {primary} within {limit} after the end of the fault: {because}',
    runbook: 'not-returned',
  },
  TooSlow: {
    when: 'FailoverDrill: a measured time is above its limit, or so near to it that the drill shows nothing.',
    message: '{times}',
    runbook: 'too-slow',
  },
  TooFewCalls: {
    when: 'FailoverDrill: fewer than 3 test calls or requests over the backup were good.',
    message: '{good} good {tests} over the backup show too little: set testCalls higher, or check the pods of the bot',
    runbook: 'too-few-calls',
  },
  NoRealCalls: {
    when: 'FailoverDrill: mode is Share or Full, and the backup answered no real call during the fault.',
    message: 'the backup answered no real call during the fault: choose an hour with calls, or set holdSeconds higher',
    runbook: 'no-real-calls',
  },
  RoutesDiffer: {
    when: 'FailoverDrill: after the drill real calls use other trunks or endpoints than before.',
    message:
      'real calls use other {parts} than before the drill: compare the status of the Integration with its {parts}',
    runbook: 'routes-differ',
  },
  RealCallsFail: {
    when: 'FailoverDrill: the backup failed more real calls, or left more of them unanswered, than spec.abort allows.',
    message:
      'the backup failed {rescued} of {met} real calls and left {unanswered} unanswered, more than abort allows: repair it; those that it failed were put through by the primary',
    runbook: 'real-calls-fail',
  },
  ControlPlaneLost: {
    when: 'FailoverDrill: the operator that ran the drill ended, or lost the API server. Edges and pods end the fault by themselves.',
    message: 'the operator that ran the drill is gone, and no other one continues it: make a new FailoverDrill',
    runbook: 'control-plane-lost',
  },
  SpecChanged: {
    when: 'FailoverDrill: the trunks or the web service of the Integration were changed during the drill.',
    message: 'the {parts} of the Integration were changed during the drill: make a new FailoverDrill',
    runbook: 'spec-changed',
  },
  RolloutBegan: {
    when: 'FailoverDrill: a rollout of a bot of the Integration began during the drill.',
    message: 'a rollout of a bot began during the drill: make a new FailoverDrill when it has ended',
    runbook: 'rollout-began',
  },
  ZoneLost: {
    when: 'FailoverDrill: no edge, or no pod, of a zone that takes part answers any more.',
    message: 'no {holder} of a zone answers any more: check the nodes and the network, then make a new FailoverDrill',
    runbook: 'zone-lost',
  },
  RealIncident: {
    when: 'FailoverDrill: the primary or the backup stopped answering real calls or requests during the drill.',
    message:
      'the primary or the backup stopped answering real {real} during the drill: see the status of the Integration',
    runbook: 'real-incident',
  },
  KillSwitch: {
    when: 'All drills of the installation are stopped, or the ConfigMap callbot-drills is missing.',
    message:
      'all drills of the installation are stopped: set the key stop of ConfigMap callbot-drills to "false" to allow them again',
    runbook: 'kill-switch',
  },
  NoTestCall: {
    when: 'The drill needs test calls or requests, and the Integration has no destination for them.',
    message: '{because}',
    runbook: 'no-test-call',
  },
  RefusalNotFailedOver: {
    when: 'The scenario is Refuse, and calls do not fail over after 503.',
    message: '{because}',
    runbook: 'refusal-not-failed-over',
  },
  PrimaryDown: {
    when: 'The primary does not answer everywhere, so a drill would meet a real outage.',
    message: '{because}',
    runbook: 'primary-down',
  },
  CapacityTooSmall: {
    when: 'The backup may not carry the calls that an edge has now.',
    message: '{because}',
    runbook: 'capacity-too-small',
  },
  OtherDrillRuns: {
    when: 'Another drill has to do with the same bots or systems.',
    message: '{because}',
    runbook: 'other-drill-runs',
  },
  ClockSkewed: {
    when: 'The clocks of the operator and of the API server differ by more than 30 seconds.',
    message: '{because}',
    runbook: 'clock-skewed',
  },
} as const satisfies Record<string, ReasonText>
