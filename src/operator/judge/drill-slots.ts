import { fingerprint } from '../../lib/canonical.ts'
import { readSchedule, type Schedule } from '../../rules/drill/schedule.ts'
import { hasEnded } from '../../rules/drill/stage.ts'
import { decideSlots, type SlotDecision, type SlotRules } from '../../rules/drill/slots.ts'
import type { DeclaredSchedule } from '../world/drills.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'

/** What the schedule of an Integration asks for now. */
export type Scheduled =
  { problem: string } | { schedule: Schedule; since: number; digest: string; decision: SlotDecision; rules: SlotRules }

/** @returns undefined without a schedule */
export function scheduledOf(world: IntegrationWorld): Scheduled | undefined {
  const { integration, now } = world
  const declared = integration?.drill
  if (integration === undefined || declared === undefined) return undefined
  const read = readSchedule(declared.schedule, declared.timeZone)
  if ('problem' in read) return { problem: `spec.drill.${read.field}: ${read.problem}` }
  const { schedule } = read
  const digest = digestOf(declared)
  const known = integration.status?.drillSchedule
  const since = known?.digest === digest ? Date.parse(known.since) : now
  const rules: SlotRules = { ...declared, schedule, uid: integration.uid }
  const decision = decideSlots(rules, { now, since, ...progressOf(world, integration) })
  return { schedule, since, digest, decision, rules }
}

/** A change of any of them is a new schedule: what was due before is over. */
const digestOf = ({ schedule, timeZone, suspend }: DeclaredSchedule) => fingerprint({ schedule, timeZone, suspend })

function progressOf({ surroundings }: IntegrationWorld, { uid, status }: IntegrationFacts) {
  const own = surroundings.drills.filter((drill) => drill.ownerUid === uid)
  return {
    decidedUntil: status?.lastScheduledSlot === undefined ? undefined : Date.parse(status.lastScheduledSlot),
    started: new Set(own.flatMap(({ slot }) => slot ?? [])),
    isRunning: !surroundings.drills.every(hasEnded),
  }
}
