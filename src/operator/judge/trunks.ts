import { heldAddresses, type HeldAddresses } from '../../rules/held-addresses.ts'
import type { IntegrationWorld, PublishedTrunks } from '../world/integration.ts'

/** The published trunks of the Integration; those of an earlier one of its name are not its own. */
export const ownTrunks = ({
  published,
  integration,
}: Pick<IntegrationWorld, 'published' | 'integration'>): PublishedTrunks | undefined =>
  published?.integrationUid === integration?.uid ? published : undefined

/** The addresses of its trunks as they are to be published. What an Integration that is gone had says nothing for one that was recreated. */
export const heldByTrunks = (
  world: Pick<IntegrationWorld, 'published' | 'integration' | 'called' | 'now'>,
): HeldAddresses =>
  heldAddresses(ownTrunks(world)?.held ?? {}, world.integration?.trunks?.trunks ?? [], {
    reports: world.called,
    now: world.now,
  })
