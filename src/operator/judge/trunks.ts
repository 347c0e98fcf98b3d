import type { IntegrationWorld, PublishedTrunks } from '../world/integration.ts'

/** The published trunks of the Integration; those of an earlier one of its name are not its own. */
export const ownTrunks = ({
  published,
  integration,
}: Pick<IntegrationWorld, 'published' | 'integration'>): PublishedTrunks | undefined =>
  published?.integrationUid === integration?.uid ? published : undefined
