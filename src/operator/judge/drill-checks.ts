import type { Mode, Scenario, Side } from '../../api/drill-run.ts'
import { preflight, type Check, type DrilledPart } from '../../rules/drill/preflight.ts'
import type { DrillSurroundings } from '../world/drills.ts'
import type { IntegrationFacts } from '../world/integration.ts'

/** Whether a drill of that kind could run now, check by check. */
export function drillChecks(
  integration: IntegrationFacts,
  { sip, http, killSwitch, clockSkewMilliseconds, otherDrills }: DrillSurroundings,
  { side, scenario, mode }: { side: Side; scenario: Scenario; mode: Mode },
): Check[] {
  const isTrunk = side === 'SIP'
  return preflight({
    ...{ integration: integration.name, mode, side, scenario, killSwitch, clockSkewMilliseconds },
    parts: isTrunk ? trunksOf(integration) : integration.endpoints,
    failoverCodes: integration.trunks?.failover.onStatusCodes ?? [],
    ...(isTrunk ? sip : http),
    hasTestCall: isTrunk && integration.testCall !== undefined,
    otherDrills,
  })
}

const trunksOf = ({ trunks }: IntegrationFacts): DrilledPart[] =>
  (trunks?.trunks ?? []).map(({ name, role, maxCalls }) => ({ name, role, maxCalls }))
