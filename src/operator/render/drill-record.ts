import type { KeyObject } from 'node:crypto'
import type { ConfigMap } from 'kubernetes-types/core/v1.d.ts'
import { runFieldsOf } from '../../api/drill-run.ts'
import type { FailoverDrillStatus } from '../../api/failover-drill.ts'
import { metaTime } from '../../lib/meta-time.ts'
import { digestOf, keyIdOf, signStatement } from '../../rules/drill/envelope.ts'
import {
  keptFrom,
  RECORD_COMPONENT,
  RECORD_FILE,
  recordName,
  recordStatement,
  type DrillResult,
  type RecordFacts,
} from '../../rules/drill/record.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import { COMPONENT_LABEL, INTEGRATION_LABEL, MANAGED_BY_LABEL } from '../world/labels.ts'
import { MANAGER, type Manifest } from './manifest.ts'

type Evidence = NonNullable<FailoverDrillStatus['evidence']>

/** The newest record of an Integration; undefined: it has none. */
export type Newest = Pick<Evidence, 'sequence' | 'digest'> | undefined

/** The record of a drill that has ended, signed, and what the status of the drill says of it. */
export function renderRecord(
  integration: IntegrationFacts,
  drill: FailoverDrillFacts,
  newest: Newest,
  key: KeyObject,
): { manifest: Manifest & ConfigMap; evidence: Evidence } {
  const facts = factsOf(integration, drill, newest)
  const envelope = signStatement(recordStatement(facts), key)
  const { sequence, previousDigest } = facts
  const name = recordName(integration, sequence)
  const [{ sig }] = (JSON.parse(envelope) as { signatures: [{ sig: string }] }).signatures
  return {
    manifest: {
      ...{ apiVersion: 'v1', kind: 'ConfigMap', immutable: true, data: { [RECORD_FILE]: envelope } },
      metadata: {
        ...{ name, namespace: drill.namespace },
        labels: {
          [MANAGED_BY_LABEL]: MANAGER,
          [COMPONENT_LABEL]: RECORD_COMPONENT,
          [INTEGRATION_LABEL]: integration.name,
        },
      },
    },
    evidence: {
      ...{ sequence, keyID: keyIdOf(key), digest: digestOf(envelope), signature: sig, configMap: name },
      ...(previousDigest !== undefined && { previousDigest }),
    },
  }
}

function factsOf({ namespace, name, uid }: IntegrationFacts, drill: FailoverDrillFacts, newest: Newest): RecordFacts {
  const { side, scenario, slot } = drill
  const sequence = (newest?.sequence ?? 0) + 1
  return {
    integration: { namespace, name, uid },
    drill: { name: drill.name, uid: drill.uid },
    ...{ sequence, keptFrom: keptFrom(sequence) },
    previousDigest: newest?.digest,
    slot: slot === undefined ? undefined : metaTime(slot),
    run: { side, scenario, ...runFieldsOf(drill) },
    result: resultOf(drill.status!),
  }
}

/** Messages of checks are left out: they are for whoever looks now. */
function resultOf(status: FailoverDrillStatus): DrillResult {
  const { verdict, because, startedAt, finishedAt, reached, timings, calls, realCalls, perEdge } = status
  const { deficiencies, notShown, specDigest, routesDigest } = status
  return {
    ...{ verdict, because, startedAt, finishedAt, reached, timings, calls, realCalls, perEdge },
    ...{ deficiencies, notShown, specDigest, routesDigest, checks: status.checks },
  }
}
