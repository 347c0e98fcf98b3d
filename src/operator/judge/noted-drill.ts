import type { IntegrationStatus } from '../../api/integration.ts'
import type { FailoverDrillFacts } from '../world/drills.ts'
import type { IntegrationFacts, IntegrationWorld } from '../world/integration.ts'

/** The drill that an Integration names as running. */
export type NotedDrill = NonNullable<IntegrationStatus['runningDrill']>

/** Whether the Integration names the drill: only then it may have effects, for now its deletion would be noticed. */
export const isNoted = (
  integration: Pick<IntegrationFacts, 'status'> | undefined,
  { uid }: Pick<FailoverDrillFacts, 'uid'>,
): boolean => integration?.status?.runningDrill?.uid === uid

/** The drill that is noted as running, and that the cache does not have. */
export function missingDrill({ integration, surroundings }: IntegrationWorld): NotedDrill | undefined {
  const noted = integration?.status?.runningDrill
  return noted && surroundings.drills.some(({ uid }) => uid === noted.uid) ? undefined : noted
}
