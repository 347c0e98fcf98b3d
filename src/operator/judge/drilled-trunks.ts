import type { Trunk } from '../../rules/trunks.ts'
import type { IntegrationFacts } from '../world/integration.ts'

/** The trunks of an Integration that a drill is about: the primary, and the backup that is tried first. Undefined: there is none. */
export function drilledTrunks(integration: Pick<IntegrationFacts, 'trunks'> | undefined): {
  primary: Trunk | undefined
  backup: Trunk | undefined
} {
  const first = (role: Trunk['role']) => integration?.trunks?.trunks.find((trunk) => trunk.role === role)
  return { primary: first('Primary'), backup: first('Backup') }
}
