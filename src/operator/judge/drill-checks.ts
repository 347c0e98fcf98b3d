import type { Mode, Scenario, Side } from '../../api/drill-run.ts'
import { preflight, type Check, type DrilledPart } from '../../rules/drill/preflight.ts'
import { hasTest } from './drilled-parts.ts'
import type { DrillSurroundings, FailoverDrillFacts } from '../world/drills.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { IntegrationFacts } from '../world/integration.ts'

/** Whether that drill could run now, check by check. */
export function checksOf({ integration, surroundings }: FailoverDrillWorld, drill: FailoverDrillFacts): Check[] {
  if (integration !== undefined) return drillChecks(integration, surroundings, drill)
  const message = `Integration ${drill.integration} does not exist in this namespace: create it, and make a new FailoverDrill`
  return [{ name: 'IntegrationFound', result: 'Failed', reason: 'IntegrationNotFound', message }]
}

/** Whether a drill of that kind could run now, check by check. */
export function drillChecks(
  integration: IntegrationFacts,
  { sip, http, podZones, killSwitch, clockSkewMilliseconds, otherDrills }: DrillSurroundings,
  { side, scenario, mode }: { side: Side; scenario: Scenario; mode: Mode },
): Check[] {
  const isTrunk = side === 'SIP'
  return preflight({
    ...{ integration: integration.name, mode, side, scenario, killSwitch, clockSkewMilliseconds },
    parts: isTrunk ? trunksOf(integration) : integration.endpoints,
    failoverCodes: integration.trunks?.failover.onStatusCodes ?? [],
    ...(isTrunk ? sip : http),
    // Pods that are not ready may answer, but take part in nothing.
    ...(!isTrunk && mode !== 'DryRun' && podZones.length === 0 && http.witnesses && { witnesses: [] }),
    hasTestCall: hasTest(integration, side),
    otherDrills,
  })
}

const trunksOf = ({ trunks }: IntegrationFacts): DrilledPart[] =>
  (trunks?.trunks ?? []).map(({ name, role, maxCalls }) => ({ name, role, maxCalls }))
