import { API_VERSION } from '../../api/kinds.ts'
import { metaTime } from '../../lib/meta-time.ts'
import { runFieldsOf, type RunFields, type Scenario, type Side } from '../../api/drill-run.ts'
import { defined } from '../../lib/defined.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import { INTEGRATION_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'
import { MANAGER, type Manifest } from './manifest.ts'

const MINUTE = 60_000

/** The name follows from the slot, as that of a CronJob's Job does: a second creation finds the first. */
export const drillName = (integration: string, slot: number) => `${integration}-${Math.floor(slot / MINUTE)}`

/** The FailoverDrill of a slot. It belongs to the Integration, and goes with it. @param slot epoch milliseconds */
export function renderDrill(
  { namespace, name, uid }: Pick<IntegrationFacts, 'namespace' | 'name' | 'uid'>,
  { slot, side, scenario, ...run }: { slot: number; side: Side; scenario: Scenario } & RunFields,
): Manifest {
  return {
    apiVersion: API_VERSION,
    kind: 'FailoverDrill',
    metadata: {
      name: drillName(name, slot),
      namespace,
      labels: { [MANAGED_BY_LABEL]: MANAGER, [INTEGRATION_LABEL]: name },
      ownerReferences: [{ apiVersion: API_VERSION, kind: 'Integration', name, uid, controller: true }],
    },
    spec: {
      integrationRef: { name },
      ...{ side, scenario, ...defined(runFieldsOf(run)) },
      trigger: { type: 'Schedule', slot: metaTime(slot) },
    },
  }
}
