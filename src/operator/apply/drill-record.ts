import { FAILOVER_DRILLS, INTEGRATIONS } from '../../api/kinds.ts'
import type { FailoverDrillSpec, FailoverDrillStatus } from '../../api/failover-drill.ts'
import type { IntegrationStatus } from '../../api/integration.ts'
import type { Kube } from '../../kube/client.ts'
import { isNotFound } from '../../kube/errors.ts'
import { resources } from '../../kube/resources.ts'
import { replaceUnread } from '../../kube/write-only-secret.ts'
import { keptFrom, recordName, recordPrefix } from '../../rules/drill/record.ts'
import { renderRecord, type Newest } from '../render/drill-record.ts'
import type { FailoverDrillOutcome, FailoverDrillPlan } from '../steps/failover-drill.ts'
import type { FailoverDrillWorld } from '../world/failover-drill.ts'
import type { IntegrationFacts } from '../world/integration.ts'
import { attempt } from './attempt.ts'
import type { ApplyDependencies } from './dependencies.ts'

/**
 * Carries out a plan: writes the record of a drill that has ended. Drills are worked on one at a time, and by one leader: so each gets a number of its own.
 * @throws when the API server fences us off: another replica leads, and nothing more is ours to do
 */
export async function applyFailoverDrill(
  dependencies: Pick<ApplyDependencies, 'kube' | 'evidenceKey'>,
  world: FailoverDrillWorld,
  { steps, decision }: FailoverDrillPlan,
): Promise<FailoverDrillOutcome> {
  const outcome: FailoverDrillOutcome = { failures: [], decision }
  for (const step of steps)
    await attempt(outcome, step, 'ConfigMap with its record', () => writeRecord(dependencies, world, outcome))
  return outcome
}

/**
 * A number is taken by the status that names it, which is written next. A ConfigMap of that number which no status names is left of a write that
 * was never finished, and is replaced: its drill gets its record later.
 */
async function writeRecord(
  { kube, evidenceKey }: Pick<ApplyDependencies, 'kube' | 'evidenceKey'>,
  { drill, integration }: FailoverDrillWorld,
  outcome: FailoverDrillOutcome,
): Promise<boolean> {
  const key = evidenceKey()
  if (key === undefined) return false
  const newest = await newestRecord(kube, integration!)
  const { manifest, evidence } = renderRecord(integration!, drill!, newest, key)
  await replaceUnread(kube, resources.configMaps, manifest)
  await removeOldest(kube, integration!, evidence.sequence)
  outcome.evidence = evidence
  return true
}

/** After the record that says so, and before the status that ends the work: so a crash leaves none that nobody removes. */
async function removeOldest(
  kube: Pick<Kube, 'remove'>,
  integration: IntegrationFacts,
  sequence: number,
): Promise<void> {
  const oldest = keptFrom(sequence) - 1
  if (oldest === 0) return
  try {
    await kube.remove(resources.configMaps, integration.namespace, recordName(integration, oldest))
  } catch (error) {
    if (!isNotFound(error)) throw error
  }
}

/** As the API server has it now: a cache may be behind what another leader wrote, and a number must not be given twice. */
async function newestRecord(kube: Pick<Kube, 'list'>, integration: IntegrationFacts): Promise<Newest> {
  const { namespace, name, uid } = integration
  let newest: Newest
  const consider = (found: Newest) => {
    if (found !== undefined && found.sequence > (newest?.sequence ?? 0)) newest = found
  }
  for await (const found of kube.list(INTEGRATIONS, { namespace, fieldSelector: `metadata.name=${name}` })) {
    const head = (found.status as IntegrationStatus | undefined)?.evidence
    if (found.metadata.uid === uid && head !== undefined) consider({ sequence: head.records, digest: head.headDigest })
  }
  for await (const found of kube.list(FAILOVER_DRILLS, { namespace })) {
    const { evidence } = (found.status ?? {}) as FailoverDrillStatus
    if ((found.spec as FailoverDrillSpec).integrationRef.name !== name) continue
    if (evidence?.configMap.startsWith(recordPrefix(integration))) consider(evidence)
  }
  return newest
}
